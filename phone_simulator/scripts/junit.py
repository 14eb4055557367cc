"""Results as JUnit XML, one test case per call."""

import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

# Characters that XML 1.0 cannot hold.
FORBIDDEN = re.compile("[^\t\n\r\x20-퟿-�\U00010000-\U0010ffff]")


def junit_xml(results: list[dict[str, Any]]) -> str:
    root = Element("testsuites")
    for result in results:
        _suite(root, result)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, result: dict[str, Any]) -> None:
    calls = result["calls"]
    suite = SubElement(
        root, "testsuite", name=result["file"], tests=str(len(calls)), time=str(result["seconds"])
    )
    suite.set("failures", str(sum(not call["ok"] for call in calls)))
    for call in calls:
        case = SubElement(suite, "testcase", classname=result["file"], name=call["name"])
        if call["failures"]:
            failure = SubElement(case, "failure", message=_clean(call["failures"][0]))
            failure.text = _clean("\n".join(call["failures"]))
        SubElement(case, "system-out").text = _clean("\n".join(call["transcript"]))


def _clean(text: str) -> str:
    return FORBIDDEN.sub("", text)
