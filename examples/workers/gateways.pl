#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A worker that picks gateways for a number. It speaks the protocol of docs/worker-protocol.md.
use strict;
use warnings;

my %gateways = (49 => ['gw1.example.net', 'gw2.example.net'], 44 => ['gw3.example.net']);

# The exit status and the lines of the answer.
sub answer {
    my ($number) = @_;
    die "no number was given\n" unless defined $number;
    $number =~ s/%([0-9A-F]{2})/chr hex $1/ge;
    my $hosts = $number =~ /\A([0-9]{2})[0-9]*\z/ ? $gateways{$1} : undef;
    return $hosts ? (0, map { "sip:$number\@$_" } @$hosts) : (1, 'no route');
}

sub escaped { my ($text) = @_; chomp $text; $text =~ s/([%\n])/sprintf '%%%02X', ord $1/ge; $text }

$| = 1;
my ($id, @arguments);
while (my $line = <STDIN>) {
    chomp $line;
    my ($field, $value) = split / /, $line, 2;
    if ($field eq 'hello') { print "hello 1\n" }
    elsif ($field eq 'request') { ($id) = split / /, $value; @arguments = () }
    elsif ($field eq 'arg') { push @arguments, $value }
    elsif ($field eq 'end') {
        my ($status, @lines) = eval { answer(@arguments) };
        if ($@) { print "error $id ", escaped($@), "\n"; next }
        print "reply $id $status\n" . join('', map { "line " . escaped($_) . "\n" } @lines) . "end $id\n";
    }
}
