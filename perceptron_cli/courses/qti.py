"""QTI 1.2 as Canvas imports it: a zip with a manifest, an assessment, and the drawings."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from html import escape

from perceptron_cli.courses.questions import Question, Task, display, inline, number
from perceptron_cli.render.text import prose

ASSESSMENT = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
OLDEST = (1980, 1, 1, 0, 0, 0)  # so that the same exercises are the same bytes
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def qti(tasks: Iterable[Task], title: str) -> bytes:
    """Return the package: a section a network, a numerical item a line, each with its feedback."""
    known = list(tasks)
    ident = f"nnstep{sha256(''.join(one.config for one in known).encode()).hexdigest()[:20]}"
    pictures = {f"network-{one.number}.svg": one.drawing for one in known if one.drawing}
    files = {
        "imsmanifest.xml": _manifest(ident, title, list(pictures)),
        f"{ident}/{ident}.xml": "\n".join(_assessment(ident, title, known)) + "\n",
        **{f"web_resources/{name}": text for name, text in pictures.items()},
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, OLDEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, text)
    return stream.getvalue()


def _manifest(ident: str, title: str, pictures: list[str]) -> str:
    images = "".join(
        f'<resource identifier="{ident}_{place}" type="webcontent" href="web_resources/{name}">'
        f'<file href="web_resources/{name}"/></resource>'
        for place, name in enumerate(pictures, start=1)
    )
    return (
        f'{HEAD}<manifest identifier="{ident}_manifest" xmlns="{PACKAGE}" '
        'xmlns:imsmd="http://www.imsglobal.org/xsd/imsmd_v1p2">'
        "<metadata><schema>IMS Content</schema><schemaversion>1.1.3</schemaversion>"
        f"<imsmd:lom><imsmd:general><imsmd:title><imsmd:string>{escape(title)}</imsmd:string></imsmd:title>"
        "</imsmd:general></imsmd:lom></metadata><organizations/>"
        f'<resources><resource identifier="{ident}" type="imsqti_xmlv1p2">'
        f'<file href="{ident}/{ident}.xml"/></resource>{images}</resources></manifest>\n'
    )


def _assessment(ident: str, title: str, tasks: list[Task]) -> Iterator[str]:
    yield f'{HEAD}<questestinterop xmlns="{ASSESSMENT}">'
    yield f'<assessment ident="{ident}" title="{escape(title)}">'
    yield f"<qtimetadata>{_field('cc_maxattempts', '1')}</qtimetadata>"
    yield '<section ident="root_section">'
    for task in tasks:
        yield from _given(ident, task)
        for place, question in enumerate(task.questions, start=1):
            yield from _item(f"{ident}_{task.number}_{place}", task, question)
    yield "</section></assessment></questestinterop>"


def _field(label: str, entry: str) -> str:
    inside = f"<fieldlabel>{label}</fieldlabel><fieldentry>{entry}</fieldentry>"
    return f"<qtimetadatafield>{inside}</qtimetadatafield>"


def _metadata(kind: str, points: str) -> str:
    fields = _field("question_type", kind) + _field("points_possible", points)
    return f"<itemmetadata><qtimetadata>{fields}</qtimetadata></itemmetadata>"


def _given(ident: str, task: Task) -> Iterator[str]:
    """Yield the text before a network's questions."""
    image = f'<p><img src="$IMS-CC-FILEBASE$/network-{task.number}.svg" alt="the network"></p>'
    text = (image if task.drawing else "") + "".join(task.given)
    yield f'<item ident="{ident}_{task.number}_0" title="{escape(task.title)}">'
    yield _metadata("text_only_question", "0")
    yield f"<presentation>{_material(text)}</presentation></item>"


def _item(ident: str, task: Task, question: Question) -> Iterator[str]:
    text = f"<p>{escape(question.section)}: what is {inline(question.latex)}?</p>"
    yield f'<item ident="{ident}" title="{escape(f"{task.title}: {question.name}")}">'
    yield _metadata("numerical_question", "1")
    yield f'<presentation>{_material(text)}<response_str ident="response1" rcardinality="Single">'
    yield '<render_fib fibtype="Decimal"><response_label ident="answer1"/></render_fib></response_str>'
    yield "</presentation><resprocessing><outcomes>"
    yield '<decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>'
    yield '<respcondition continue="Yes"><conditionvar><other/></conditionvar>'
    yield '<displayfeedback feedbacktype="Response" linkrefid="general_fb"/></respcondition>'
    for place, one in enumerate(question.wrong, start=1):
        yield '<respcondition continue="Yes"><conditionvar>'
        yield f"{_within(one.value, one.tolerance)}</conditionvar>"
        yield f'<displayfeedback feedbacktype="Response" linkrefid="mistake{place}_fb"/></respcondition>'
    yield '<respcondition continue="No"><conditionvar><or>'
    yield f'<varequal respident="response1">{number(question.value)}</varequal>'
    yield f"<and>{_within(question.value, question.tolerance)}</and></or></conditionvar>"
    yield '<setvar action="Set" varname="SCORE">100</setvar>'
    yield '<displayfeedback feedbacktype="Response" linkrefid="correct_fb"/></respcondition></resprocessing>'
    yield _feedback("general_fb", display(question.working))
    yield _feedback("correct_fb", "Right.")
    for place, one in enumerate(question.wrong, start=1):
        yield _feedback(f"mistake{place}_fb", prose(one.sentence, lambda words: escape(words, quote=False)))
    yield "</item>"


def _within(value: float, tolerance: float) -> str:
    low, high = number(value - tolerance), number(value + tolerance)
    return f'<vargte respident="response1">{low}</vargte><varlte respident="response1">{high}</varlte>'


def _material(html: str) -> str:
    return f'<material><mattext texttype="text/html">{escape(html)}</mattext></material>'


def _feedback(ident: str, html: str) -> str:
    return f'<itemfeedback ident="{ident}"><flow_mat>{_material(html)}</flow_mat></itemfeedback>'
