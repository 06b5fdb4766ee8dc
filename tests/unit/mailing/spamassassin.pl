# Run SpamAssassin's own rules over messages, and print what it found: perl spamassassin.pl RULES MESSAGE...
# RULES is a folder with the rule files to load. Prints a JSON object a message, in their order.
use strict;
use warnings;
use JSON::PP;
use Mail::SpamAssassin;

my ($rules, @files) = @ARGV;
my $assassin = Mail::SpamAssassin->new({
    rules_filename      => $rules,
    site_rules_filename => $rules,
    userprefs_filename  => "$rules/none",
    userstate_dir       => $rules,
    dont_copy_prefs     => 1,
    local_tests_only    => 1,
});
$assassin->init(0);
my $json = JSON::PP->new->canonical->ascii;
for my $file (@files) {
    open(my $handle, '<:raw', $file) or die "$file: $!";
    my $bytes = do { local $/; <$handle> };
    close($handle);
    my $message = $assassin->parse($bytes, 1);
    my $status  = $assassin->check($message);
    my @parts = map { [ @{$_}{qw(length image_area non_space_len)} ] } @{ $status->{html_all} || [] };
    print $json->encode({
        hits         => [ sort split(/,/, $status->get_names_of_tests_hit()) ],
        parts        => \@parts,
        alternatives => [ map { $status->{$_} || 0 } qw(madiff madiff_html madiff_text) ],
    }), "\n";
    $status->finish();
    $message->finish();
}
