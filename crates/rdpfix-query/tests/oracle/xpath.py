"""Evaluates event log queries with libxml2's XPath 1.0 engine, as a second opinion on rdpfix-query.

Reads {"now": ISO time, "queries": [text], "events": [xml]} from the file named by the first argument and prints, for each
query, the sorted indices of the events it matches. Paths, predicates, `and`, `or` and positions are libxml2's own; what the
Windows event log adds (comparison by value, `timediff`, `band`, hexadecimal numbers) are extension functions, into which
comparisons are rewritten token by token.
"""

import copy
import json
import re
import sys
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from lxml import etree

TOKEN = re.compile(
    r"""\s+|(?P<str>'[^']*'|"[^"]*")|(?P<num>0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?|\.\d+)"""
    r"""|(?P<op><=|>=|!=|=|<|>)|(?P<name>[A-Za-z_][\w.-]*)|(?P<sym>::|[\[\]()/@*,-])"""
)
EPOCH = datetime(1601, 1, 1, tzinfo=timezone.utc)
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)?$")
GUID = re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$")


def number(text):
    text = text.strip(" \t\r\n")
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}", text):
        return Decimal(int(text, 16))
    if re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)", text):
        try:
            return Decimal(text)
        except InvalidOperation:
            return None
    return None


def ticks(text):
    """100 ns intervals since 1601, or None when the text is not a date and time."""
    found = INSTANT.match(text.strip(" \t\r\n"))
    if not found:
        return None
    day, time, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{time}+00:00")
    except ValueError:
        return None
    if zone and zone not in "Zz":
        sign = 1 if zone[0] == "+" else -1
        moment -= sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    delta = moment - EPOCH
    whole = (delta.days * 86400 + delta.seconds) * 10_000_000
    return whole + int((fraction or "").ljust(7, "0")[:7])


def guid(text):
    return uuid.UUID(text.strip("{}")) if GUID.match(text) else None


def values(argument):
    """The values of what a path found; elements that enclose elements have none."""
    if not isinstance(argument, list):
        return [argument]
    found = []
    for node in argument:
        if isinstance(node, etree._Element):
            if len(node) == 0:
                found.append(node.text or "")
        else:
            found.append(str(node))
    return found


def holds(op, a, b):
    return {"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]


def compare_number(op, value, literal):
    value = number(value)
    return value is not None and holds(op, value, number(literal))


def compare_text(op, value, literal):
    if op in ("=", "!="):
        equal = value == literal
        for reading in (guid, ticks, lambda text: number(text) if literal[:2].lower() == "0x" else None):
            if not equal and reading(literal) is not None:
                equal = reading(value) == reading(literal)
        return equal == (op == "=")
    reading = ticks if ticks(literal) is not None else number
    a, b = reading(value), reading(literal)
    return a is not None and b is not None and holds(op, a, b)


class Functions:
    def __init__(self, now):
        self.now = ticks(now)

    def numcmp(self, _, op, argument, literal):
        return any(compare_number(op, value, literal) for value in values(argument))

    def textcmp(self, _, op, argument, literal):
        return any(compare_text(op, value, literal) for value in values(argument))

    def tdcmp(self, _, op, literal, first, second=None):
        seconds = [self.now] if second is None else [self.time(v, second) for v in values(second)]
        for a in [self.time(value, first) for value in values(first)]:
            for b in seconds:
                if a is None or b is None:
                    continue
                elapsed = abs(b - a) // 10_000 * (1 if b >= a else -1)
                if holds(op, Decimal(elapsed), number(literal)):
                    return True
        return False

    @staticmethod
    def time(value, argument):
        if not isinstance(argument, list) and number(value) is not None:
            return int(number(value))
        return ticks(value)

    def band(self, _, left, right):
        def masks(argument):
            found = [number(value) for value in values(argument)]
            return [int(n) & 0xFFFFFFFFFFFFFFFF for n in found if n is not None and n == n.to_integral_value()]

        return any(a & b for a in masks(left) for b in masks(right))


def tokens(query):
    found, at = [], 0
    while at < len(query):
        match = TOKEN.match(query, at)
        if not match:
            raise ValueError(f"cannot read {query[at:]!r}")
        at = match.end()
        if match.lastgroup:
            found.append((match.lastgroup, match.group()))
    return found


def rewrite(query):
    found = tokens(query)
    out, _ = rewrite_or(found, 0)
    return out


def rewrite_or(found, at):
    """Rewrites up to a closing bracket, a comma or the end; gives the text and where it stopped."""
    out = []
    while at < len(found) and found[at][1] not in ("]", ")", ","):
        kind, text = found[at]
        if kind == "name" and text.lower() in ("and", "or") and out and out[-1] not in ("and", "or"):
            out.append(text.lower())
            at += 1
            continue
        left, at = operand(found, at)
        if at < len(found) and found[at][0] == "op":
            op = found[at][1]
            right, at = operand(found, at + 1)
            out.append(comparison(left, op, right))
        else:
            out.append(left[1])
    return " ".join(out), at


def operand(found, at):
    """One side of a comparison as (kind, text)."""
    kind, text = found[at]
    if text == "-":
        return ("num", "-" + found[at + 1][1]), at + 2
    if kind in ("num", "str"):
        return (kind, text), at + 1
    if text == "(":
        inner, at = rewrite_or(found, at + 1)
        return ("expr", f"({inner})"), at + 1
    if kind == "name" and at + 1 < len(found) and found[at + 1][1] == "(":
        arguments, at = [], at + 2
        while found[at][1] != ")":
            (argument_kind, argument), at = operand(found, at)
            arguments.append(f"'{argument}'" if argument_kind == "num" else argument)
            at += found[at][1] == ","
        name = text.lower()
        if name == "position":
            return ("position", "position()"), at + 1
        return (name, ", ".join(arguments) if name == "timediff" else f"r:{name}({', '.join(arguments)})"), at + 1
    out = ""
    while at < len(found):
        kind, text = found[at]
        if text == "[":
            inner, at = rewrite_or(found, at + 1)
            out += f"[{inner}]"
        elif text in ("/", "@", "::") or ((kind == "name" or text == "*") and (not out or out[-1] in "/@:")):
            out += text
        else:
            break
        at += text != "["
        at += text == "["
    return ("path", out), at


FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def comparison(left, op, right):
    if left[0] in ("num", "str") and right[0] not in ("num", "str"):
        left, op, right = right, FLIP.get(op, op), left
    literal = right[1] if right[0] == "str" else f"'{right[1]}'"
    if left[0] == "position":
        return f"position() {op} {number(literal[1:-1])}"
    if left[0] == "timediff":
        return f"r:tdcmp('{op}', {literal}, {left[1]})"
    function = "textcmp" if right[0] == "str" else "numcmp"
    argument = f"'{left[1]}'" if left[0] == "num" else left[1]
    return f"r:{function}('{op}', {argument}, {literal})"


def load(xml):
    root = etree.fromstring(xml.encode())
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = etree.QName(element).localname
    return root


def streams(events, length):
    """The events in documents of at most `length`, each with the numbers of its events."""
    parts = []
    for start in range(0, max(len(events), 1), length):
        part = etree.Element("Events")
        numbers = {}
        for number, event in enumerate(events[start : start + length], start):
            event = copy.deepcopy(event)
            part.append(event)
            numbers[event] = number
        parts.append((part, numbers))
    return parts


def counts_events(xpath):
    """Whether a predicate of the first step asks for a position: outside strings, at the first level of brackets."""
    level, outer = 0, ""
    for c in re.sub(r"'[^']*'|\"[^\"]*\"", "", xpath):
        level -= c == "]"
        if level == 0 or (level == 1 and c not in "[]"):
            outer += c
        level += c == "["
    return "position()" in outer or re.search(r"^\*?\w*(\[[^\]]*\])*\[\d+\]", outer) is not None


def evaluate(compiled, part, numbers):
    """The numbers of the events a query selects; a condition is put to each of them alone."""
    result = compiled(part)
    if isinstance(result, list):
        found = set()
        for node in result:
            if not isinstance(node, etree._Element):
                node = node.getparent()
            while node not in numbers:
                node = node.getparent()
            found.add(numbers[node])
        return found
    found = set()
    for event, number in numbers.items():
        alone = etree.Element("Events")
        alone.append(copy.deepcopy(event))
        if compiled(alone):
            found.add(number)
    return found


def main(path):
    with open(path, encoding="utf-8") as file:
        task = json.load(file)
    functions = Functions(task["now"])
    names = {("urn:r", name): getattr(functions, name) for name in ("numcmp", "textcmp", "tdcmp", "band")}
    events = [load(xml) for xml in task["events"]]
    stream, index = streams(events, max(len(events), 1))[0]
    # Document order costs libxml2 the square of a stream's length, so only queries that count events get the whole one.
    short = streams(events, 50)
    matches = []
    for query in task["queries"]:
        xpath = rewrite(query)
        compiled = etree.XPath(f"({xpath})", namespaces={"r": "urn:r"}, extensions=names, smart_strings=True)
        counts = counts_events(xpath)
        found = set()
        for part, numbers in [(stream, index)] if counts else short:
            found |= evaluate(compiled, part, numbers)
        matches.append(sorted(found))
    json.dump(matches, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
