# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenes: what programs do for calls and messages. The documentation of each is its title."""

import hashlib
import time

import show


def gateway(stage):
    """exec_dset: a program picks the gateways; after a busy reply the server tries the next one"""
    call = stage.phone.send("INVITE", stage.uri("+4930123456"))
    show.incoming(call.request)
    account, picked = stage.ran("account", "pick-gateway")
    show.ran(account)
    show.ran(picked, "SIP_RURI", "SIP_USER", "SIP_SRCIP")
    tried = stage.tried()
    for name, request, status in tried:
        show.tried(name, request, status)
    show.reply(call)
    stage.check(
        picked.arguments == ["--", "alice", call.request.uri],
        "exec_dset appended the R-URI to the arguments",
    )
    stage.check(
        [(name, status) for name, _, status in tried] == [("gateway 1", 486), ("gateway 2", 200)],
        "the server tried the busy gateway, then the free one, and not the third",
    )
    stage.check(call.reply.status == 200, "the call was answered")


def account(stage):
    """exec_avp: the program's output lines become AVPs: account, credit, display name"""
    call = stage.phone.send("INVITE", stage.uri("+4930123456"), caller="alice")
    show.incoming(call.request)
    looked_up, _ = stage.ran("account", "pick-gateway")
    show.ran(looked_up, "SIP_HF_FROM")
    tried = stage.tried()
    for name, request, status in tried:
        show.tried(name, request, status, "P-Asserted-Identity")
    show.reply(call)
    stage.check(
        [request.all("P-Asserted-Identity") for _, request, _ in tried]
        == [['"Alice Example" <sip:4711@example.com>']] * 2,
        "account and name were sent to both gateways",
    )
    for caller, status, credit in (("bob", 402, "0"), ("mallory", 403, "")):
        call = stage.phone.send("INVITE", stage.uri("+4930123456"), caller=caller)
        show.incoming(call.request)
        show.ran(*stage.ran("account"))
        show.reply(call, "X-Account", "X-Credit")
        stage.check(
            (call.reply.status, call.reply["X-Credit"]) == (status, credit) and not stage.tried(),
            f"{caller} was refused, and no gateway was called",
        )


def message(stage):
    """exec_msg and exec_run: a program stores the message unchanged; another one reads its body"""
    body = b"Lunch at one?\r\n$(reboot) 'costs' nothing"
    sent = stage.phone.send(
        "MESSAGE", stage.uri("bob"), headers=[("Content-Type", "text/plain")], body=body
    )
    show.incoming(sent.request, "Content-Type")
    filing, digest = stage.ran("file-message", "digest")
    show.ran(filing, "SIP_HF_FROM", "SIP_HF_CONTENT_TYPE")
    show.ran(digest)
    show.reply(sent, "X-Digest")
    filed = [path.read_bytes() for path in (stage.proxy.directory / "messages").iterdir()]
    stage.check(sent.reply.status == 202, "the message was accepted")
    stage.check(filed == [sent.request.raw], "the file contains the whole message, byte by byte")
    stage.check(
        sent.reply["X-Digest"] == hashlib.sha256(body).hexdigest(),
        "the SHA-256 in the reply is that of the body",
    )


def notification(stage):
    """exec_cmd: a background job reports an emergency call; the call does not wait for it"""
    log = stage.proxy.directory / "notifications.log"
    call = stage.phone.send("INVITE", stage.uri("112"))
    too_early = log.exists()
    show.incoming(call.request)
    notify, picked = stage.ran("notify", "pick-gateway")
    show.ran(notify)
    show.ran(picked)
    show.reply(call)
    end = time.monotonic() + 10
    while not log.exists() and time.monotonic() < end:
        time.sleep(0.02)
    stage.check(
        call.reply.status == 200 and not too_early, "the call was answered before the job ended"
    )
    told = log.read_text() if log.exists() else ""
    stage.check(
        told == "emergency by alice from 127.0.0.1\n", "the job ran to its end: " + told.strip()
    )
    stage.check(not notify.variables, "the job got nothing of the message except its arguments")
