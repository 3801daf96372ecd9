# SPDX-License-Identifier: MIT
"""What an S3 server, or the way to it, can do wrong: functions of one Exchange
(fault_proxy.py), or functions that make one.

Those that never ask the server leave no doubt: nothing was done.  Those whose
name begins with "lose" let it do the work and keep the answer back.
"""

import email.utils
import time

from fault_proxy import Answer

XML = ("Content-Type", "application/xml")
HUGE_BYTES = 12 * 1024 * 1024


def error_body(code, extra=""):
    return ('<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code>'
            '<Message></Message>%s<RequestId>tx0</RequestId></Error>'
            % (code, extra)).encode()


# The connection.

def reset_unread(exchange):
    """Cut before a byte of the request is read."""
    exchange.reset()


reset_unread.is_blind = True


def reset_after_head(exchange):
    exchange.reset()


def reset_in_body(exchange):
    """Cut when half of the request's body is there."""
    exchange.read_body(exchange.request.length // 2)
    exchange.reset()


def reset_unanswered(exchange):
    """Take all of the request, do nothing, and cut."""
    exchange.read_body()
    exchange.reset()


def close_unanswered(exchange):
    exchange.read_body()
    exchange.close()


def lose_answer(exchange):
    """The server does the work; the connection breaks instead of an answer."""
    exchange.ask_server()
    exchange.reset()


def lose_half_head(exchange):
    """The answer ends, in order, in the midst of its head."""
    head = exchange.ask_server().head
    exchange.link.send(head[:len(head) // 2])
    exchange.close()


def lose_body(exchange):
    """The head of the answer comes, then a reset."""
    exchange.link.send(exchange.ask_server().head)
    exchange.wait_for_end(0.05)
    exchange.reset()


def lose_half_body(exchange):
    """Content-Length says more than comes before the connection ends."""
    answer = exchange.ask_server()
    body = answer.body[:len(answer.body) // 2]
    exchange.link.send(answer.head + body)
    exchange.close()


def silence(exchange):
    """Never answer."""
    exchange.read_body()
    exchange.wait_for_end()


def lose_in_silence(exchange):
    """The server does the work, the answer never comes."""
    exchange.ask_server()
    exchange.wait_for_end()


def trickle(exchange):
    """The answer, one byte per second."""
    answer = exchange.ask_server()
    for byte in answer.head + answer.body:
        exchange.link.send(bytes((byte,)))
        exchange.wait_for_end(1)


def deaf(exchange):
    """The request's body is taken one byte per second."""
    for _ in range(exchange.request.length):
        exchange.read_body(1)
        exchange.wait_for_end(1)


# Answers that an S3 server may give.

def status(number, code="", headers=(), extra=""):
    """A refusal with this status and <Code>."""
    def fault(exchange):
        exchange.read_body()
        body = error_body(code, extra) if code else b""
        exchange.send(Answer(number, [XML, *headers], body))
    return fault


def skewed(seconds):
    """RequestTimeTooSkewed of a server whose clock differs so much."""
    def fault(exchange):
        exchange.read_body()
        date = email.utils.formatdate(time.time() + seconds, usegmt=True)
        exchange.send(Answer(403, [XML, ("Date", date)],
                             error_body("RequestTimeTooSkewed")))
    return fault


def ok_with_error(code, space=b""):
    """200, and an <Error> where the result should be; nothing was done."""
    def fault(exchange):
        exchange.read_body()
        body = error_body(code)
        if space:
            head, body = body.split(b"?>", 1)
            body = head + b"?>" + space + body
        exchange.send(Answer(200, [XML], body))
    return fault


def redirect(number, location, code, headers=()):
    return status(number, code, [("Location", location), *headers])


# Answers that no server should give.

def raw(data):
    """These bytes, whatever they are, and the end of the connection."""
    def fault(exchange):
        exchange.read_body()
        exchange.link.send(data)
        exchange.wait_for_end(0.05)
        exchange.close()
    return fault


def body(data, number=200):
    """This body, with a true length, in place of the server's."""
    def fault(exchange):
        exchange.read_body()
        exchange.send(Answer(number, [XML], data))
    return fault


def shorten_length(exchange):
    """Content-Length says less than comes; the head is else the server's."""
    answer = exchange.ask_server()
    length = len(answer.body) // 2
    answer.headers = [(name, value) for name, value in answer.headers
                      if name.lower() != "content-length"]
    answer.headers.append(("Content-Length", str(length)))
    exchange.send(answer)
    exchange.wait_for_end(0.05)
    exchange.close()


def repeat(exchange):
    """The answer comes twice."""
    answer = exchange.ask_server()
    exchange.send(answer)
    exchange.send(answer)


def flip_byte(exchange):
    """One byte of the answer's body is another."""
    answer = exchange.ask_server()
    if answer.body:
        answer.body = bytes((answer.body[0] ^ 1,)) + answer.body[1:]
    exchange.send(answer)


def flip_sent_byte(exchange):
    """One byte of the request's body is another when the server gets it."""
    data = exchange.read_body()
    if data:
        data = data[:-1] + bytes((data[-1] ^ 1,))
    exchange.send(exchange.proxy.ask_server(exchange.request, data))


def informational_flood(exchange):
    """Answers of "not yet" without end."""
    exchange.read_body()
    while not exchange.proxy.is_closed:
        exchange.link.send(b"HTTP/1.1 102 Processing\r\n\r\n" * 100)
        exchange.wait_for_end(0.01)


def huge_head(exchange):
    """A head that does not end."""
    exchange.read_body()
    exchange.link.send(b"HTTP/1.1 200 OK\r\n")
    line = b"X-Filler: " + b"x" * 8000 + b"\r\n"
    for _ in range(HUGE_BYTES // len(line)):
        exchange.link.send(line)
    exchange.close()


def huge_xml(number=200, root=b"Error"):
    """12 MB of well-formed XML."""
    item = b"<Item>" + b"x" * 1000 + b"</Item>"
    return body(b"<" + root + b"><Code>InternalError</Code>" + item * (
        HUGE_BYTES // len(item)) + b"</" + root + b">", number)


def xml_bomb(number=200):
    """Entities of entities: a kilobyte that wants to be gigabytes."""
    levels = "".join('<!ENTITY e%d "%s">' % (n, "&e%d;" % (n - 1) * 10)
                     for n in range(1, 10))
    return body(('<?xml version="1.0"?><!DOCTYPE Error [<!ENTITY e0 "xxxxxxx'
                 'xxx">%s]><Error><Code>&e9;</Code></Error>' % levels)
                .encode(), number)


GARBAGE = bytes((n * 73 + 41) % 256 for n in range(4096))
garbage = raw(GARBAGE)
garbage_xml = body(b"<Error><Code>Internal" + GARBAGE[:512])
