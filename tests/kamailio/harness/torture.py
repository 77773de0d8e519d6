# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages whose parts are where they may be but nobody expects them: the constructs of RFC 4475's
torture tests in messages of our own, and bytes that no standard knows."""

from . import sip

VIA = "Via: SIP/2.0/UDP 192.0.2.7:5071;branch=z9hG4bK{name};rport"


def message(name, first="MESSAGE sip:bob@example.com SIP/2.0", headers=(), instead=(), body=b""):
    """The mandatory headers, `headers` behind them; `instead`: names of those to be left out."""
    method = first.split()[0] if isinstance(first, str) else first.split()[0].decode()
    own = [
        VIA.format(name=name),
        "Max-Forwards: 70",
        f"From: <sip:alice@example.com>;tag=from-{name}",
        "To: <sip:bob@example.com>",
        f"Call-ID: {name}@torture",
        f"CSeq: 7 {method}",
    ]
    own = [line for line in own if line.partition(":")[0] not in instead]
    lines = [_bytes(line) for line in [first, *own, *headers, f"Content-Length: {len(body)}"]]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _bytes(text) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


# RFC 4475 section 3.1.1.1's constructs: folds everywhere, compact and oddly cased names, blanks
# around every separator, escapes in quotes, empty and meaningless values.
WSINV = b"\r\n".join(
    [
        b"INVITE sip:anna@chair.example.com;unknownparam SIP/2.0",
        b"TO :",
        b" sip:anna@chair.example.com ;   tag    = 1918181833n",
        b'from   : "A Doctor \\\\\\""       <sip:doctor@example.com>',
        b"  ;",
        b"  tag = 98asjd8",
        b"MaX-fOrWaRdS: 0068",
        b"Call-ID: tough.ndaksdj@192.0.2.1",
        b"Content-Length   : 3",
        b"cseq: 0009",
        b"  INVITE",
        b"Via  : SIP  /   2.0",
        b" /UDP",
        b"    192.0.2.2;branch=390skdjuw",
        b"s :",
        b"NewFangledHeader:   newfangled value",
        b" continued newfangled value",
        b"UnknownHeaderWithUnusualValue: ;;,,;;,;",
        b"Content-Type: application/sdp",
        b"Route:",
        b" <sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
        b"v:  SIP  / 2.0  / TCP     spindle.example.com   ;",
        b"  branch  =   z9hG4bK9ikj8  ,",
        b" SIP  /    2.0   / UDP  192.168.255.111   ; branch=",
        b" z9hG4bK30239",
        b'm:"Quoted string \\"\\"" <sip:doctor@example.com> ; newparam =',
        b"      newvalue ;",
        b"  secondparam ; q = 0.33",
        b"",
        b"v=0",
    ]
)


def _from(value):
    return {"headers": [b"From: " + _bytes(value)], "instead": ("From",)}


def _to(value):
    return {"headers": [b"To: " + _bytes(value)], "instead": ("To",)}


def _via(value):
    return {"headers": [b"Via: " + _bytes(value)], "instead": ("Via",)}


def _uri(uri):
    return {"first": b"MESSAGE " + _bytes(uri) + b" SIP/2.0"}


_PIECES = {
    "plain": {},
    "compact": {
        "headers": ["f: <sip:a@b.example>;tag=1", "t: <sip:c@d.example>", "i: short", "s: subject",
                    "k: timer", "m: <sip:e@f.example>", "c: text/plain"],
        "instead": ("From", "To", "Call-ID"),
    },
    "repeated": {"headers": ["X-Hop: 1", "Contact: <sip:a@b>", "x-hop: 2", "X_Hop: 3",
                             "Contact: <sip:c@d>", "X-HOP: 4, 5"]},
    "vias": {"headers": ["Via: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKone , SIP/2.0/UDP 10.0.0.2",
                         "v: SIP/2.0/TLS 10.0.0.3;branch=z9hG4bKtwo"]},
    "routes": {"headers": ["Route: <sip:a;lr>, <sip:b;lr>", "Route:  <sip:c;lr>",
                           "Record-Route: <sip:d;lr>,<sip:e;lr>"]},
    "folded": {"headers": ["X-Folded: one\r\n two\r\n\t three ", "X-Empty:", "X-Blank:   ",
                           "User-Agent:\r\n probe/1"]},
    "spaces": {"headers": ["X-Spaced  :   value with  blanks  \t ", "User-Agent \t: probe/2"]},
    "bash": {"headers": ["X-Bash: () { :;}; touch /tmp/owned", "User-Agent: () {"]},
    "shell": {"headers": ["User-Agent: $(id) `id` ; | & ' \" \\ * ? ~"]},
    "nul": {"headers": [b"X-Nul: a\0b", b"User-Agent: c\0d"]},
    "bytes": {"headers": [b"X-Bytes: \xff\xfe\x80 \xc3\xa9 \x01\x7f", b"User-Agent: \xe4\xf6"]},
    "long": {"headers": ["X-Long: " + "x" * 5000, "User-Agent: " + "long/" * 900]},
    "unicode": _from('"Zoë – 你好" <sip:zo%C3%AB@example.com>;tag=z'),
    "quoted": _from('"Doe; John <sip:evil@x>, \\"Jr.\\"" <sip:doe@example.com;p=1>;tag=q;x="a;b"'),
    "tokens": _from("Bell, Alexander <sip:bell@example.com>;tag=43"),
    "unquoted": _from("sip:plain@example.com;tag=u;other=1"),
    "bare": _from("<sip:example.com:5070>;tag=n"),
    "tel": _from("<tel:+49-30-12345;phone-context=x>;tag=tel"),
    "to_tag": _to('Bob<sip:bob@example.com;user=phone?h=v>;tag=to-1'),
    "to_spaces": _to("<sip:bob@example.com>  ; tag = to-2 ; x"),
    "escaped_uri": _uri("sip:sips%3Auser%40example.com@example.net"),
    "escaped_nul": _uri("sip:null-%00-null@example.com"),
    "semicolon_user": _uri("sip:user;par=u%40example.net@example.com"),
    "password": _uri("sip:user:pass@example.com:5070;transport=tcp;lr?Route=%3Csip:a%3E"),
    "question_user": _uri("sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1@ex.com"),
    "ipv6": _uri("sip:user@[2001:db8::10]:5070;transport=TLS"),
    "ipv6_mapped": _uri("sip:user@[::ffff:192.0.2.1]"),
    "no_user": _uri("sip:example.com"),
    "no_user_port": _uri("sip:example.com:5090;x"),
    "sips": _uri("sips:user@example.com"),
    "tel_uri": _uri("tel:+1-201-555-0123;phone-context=example.com"),
    "phone": _uri("sip:+1201555;isub=1@example.com;user=phone"),
    "upper": _uri("SIP:User@EXAMPLE.com"),
    "urn": _uri("urn:service:sos"),
    "unknown_scheme": _uri("nobodyKnowsThisScheme:totallyopaquecontent"),
    "scheme_like_sip": _uri("soap.beep://192.0.2.103:3002"),
    "underscore": _uri("sip:user@exa_mple.com"),
    "port_too_high": _uri("sip:user@example.com:65536"),
    "hostile_user": _uri("sip:`id`$(id)'\"|@example.com"),
    "rfc2543": _via("SIP/2.0/UDP 192.0.2.9:5099"),
    "rfc2543_branch": _via("SIP/2.0/UDP 192.0.2.9;branch=1"),
    "via_ipv6": _via("SIP/2.0/UDP [2001:db8::9]:5070;branch=z9hG4bKsix"),
    "via_name": _via("SIP/2.0/UDP Host.Example.COM;BRANCH=z9hG4bKname;received=192.0.2.9"),
    "via_hidden": _via("SIP/2.0/UDP 192.0.2.1;hidden;ttl=15;maddr=224.2.0.1;branch=z9hG4bKh"),
    "unusual_method": {
        "first": b"!interesting-Method0123456789_*+`.%indeed'~ sip:bob@example.com SIP/2.0",
        "headers": ["CSeq: 1 !interesting-Method0123456789_*+`.%indeed'~"],
        "instead": ("CSeq",),
    },
    "two_froms": {"headers": ["From: <sip:second@x>;tag=2"]},
    "two_tos": {"headers": ["t: <sip:second@x>;tag=2"]},
    "two_lengths": {"headers": ["l: 0"]},
    "trailing_folds": {"headers": ["User-Agent: probe \r\n \r\n\t", "X-Hop:\r\n\t\r\n x"]},
    "no_call_id": {"instead": ("Call-ID",)},
    "no_cseq": {"instead": ("CSeq",)},
    "no_from": {"instead": ("From",)},
    "no_to": {"instead": ("To",)},
    "no_via": {"instead": ("Via",)},
    "bad_cseq": {"headers": ["CSeq: notanumber MESSAGE"], "instead": ("CSeq",)},
    "huge_cseq": {"headers": ["CSeq: 36893488147419103232 MESSAGE"], "instead": ("CSeq",)},
    "bad_to": _to("no address at all <"),
    "bad_from": _from("<<sip:x@y"),
    "no_colon": {"headers": ["this line is no header"]},
    "body": {"headers": ["Content-Type: text/plain"], "body": b"a\r\n\r\nb: c\r\n\0\xff"},
}

MESSAGES = {name: message(name, **pieces) for name, pieces in _PIECES.items()}
MESSAGES["wsinv"] = WSINV
MESSAGES["wsinv_cseq"] = WSINV.replace(b"0009\r\n  INVITE", b"0009 \t INVITE")
MESSAGES["leading_lines"] = b"\r\n\r\n" + message("leading_lines")
MESSAGES["ordinary"] = sip.request("INVITE", "sip:bob@example.com", [("User-Agent", "phone/1")])
