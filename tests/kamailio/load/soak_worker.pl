#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A pool's worker that does what it is asked for, the wrong things too. Arguments: seconds, and how it
# ends: "yes", "no", "error", "garbage", "exit", "hang". In Perl, which starts quickly: many are killed.
use strict;
use warnings;

my %ends = (
    yes     => "reply ID 0\nline a\nline b\nend ID\n",
    no      => "reply ID 3\nline why\nend ID\n",
    error   => "error ID on purpose\n",
    garbage => "reply ID 0\nline of no re\0ply\nend other\n",
    exit    => "reply ID 0\nline half",
);
my ($id, @arguments);
$| = 1;
while (my $line = <STDIN>) {
    chomp $line;
    my ($field, $value) = split / /, $line, 2;
    if ($field eq "hello") {
        print "hello 1\n";
    } elsif ($field eq "request") {
        ($id) = split / /, $value;
        @arguments = ();
    } elsif ($field eq "arg") {
        push @arguments, $value;
    } elsif ($field eq "end") {
        my ($seconds, $how) = @arguments;
        select undef, undef, undef, $how eq "hang" ? 30 : $seconds;
        my $reply = $ends{$how};
        $reply =~ s/ID/$id/g;
        print $reply;
        exit if $how eq "exit";
    }
}
