"""Parameters of papermill for notebooks in TypeScript.

papermill loads the entry points of the group ``papermill.engine`` when it is imported. It has no such group for
translators, so the engine ``boathouse`` is papermill's own, and importing this module registers the translator.
"""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

__all__ = ["NBClientEngine", "TypeScriptTranslator"]

# One declaration on one line, with its type and what is said of it; text may hold slashes and semicolons.
_DECLARED = re.compile(
    r"""^\s*(?:export\s+)?(?:const|let|var)\s+(?P<name>[$\w]+)\s*(?::\s*(?P<type>[^=]+?)\s*)?
    =\s*(?P<value>(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|(?!//)[^"'`;])+?)\s*;?\s*(?://\s*(?P<help>.*?))?\s*$""",
    re.VERBOSE,
)
_LONGEST_LINE = 1_000
_LARGEST_EXACT = 2**53 - 1
# Words that cannot be declared by const, in a module of TypeScript.
_RESERVED = frozenset(
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false "
    "finally for function if implements import in instanceof interface let new null package private protected public return "
    "static super switch this throw true try typeof var void while with yield".split()
)


class TypeScriptTranslator(Translator):
    """Writes parameters as ``const name = value;``, with values as JSON has them."""

    @classmethod
    def translate(cls, val):
        if val is None or isinstance(val, bool):
            return json.dumps(val)
        if isinstance(val, str):
            return _text(val)
        if isinstance(val, int):
            return _whole(val)
        if isinstance(val, float):
            return _number(val)
        if isinstance(val, dict):
            return cls.translate_dict(val)
        if isinstance(val, (list, tuple)):
            return cls.translate_list(val)
        raise TypeError(f"Cannot pass a {type(val).__name__} to TypeScript as JSON has no such value: pass it as text")

    @classmethod
    def translate_dict(cls, val):
        wrong = next((key for key in val if not isinstance(key, str)), None)
        if wrong is not None:
            raise TypeError(f"Cannot pass a mapping to TypeScript as its keys must be text: got {wrong!r}")
        # {"__proto__": x} would not make a key of that name.
        parts = (f"{'[%s]' % _text(k) if k == '__proto__' else _text(k)}: {cls.translate(v)}" for k, v in val.items())
        return f"{{ {', '.join(parts)} }}" if val else "{}"

    @classmethod
    def translate_list(cls, val):
        return f"[{', '.join(cls.translate(item) for item in val)}]"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def inspect(cls, parameters_cell):
        """Finds what a cell tagged ``parameters`` declares, one declaration a line."""
        lines = parameters_cell["source"].splitlines()
        found = (_DECLARED.match(line) for line in lines if len(line) <= _LONGEST_LINE)
        return [Parameter(m["name"], m["type"] or "None", m["value"], m["help"] or "") for m in found if m]

    @classmethod
    def assign(cls, name, str_val):
        # Python's identifiers are TypeScript's, but for the dollar.
        if not name.replace("$", "_").isidentifier() or name in _RESERVED:
            raise ValueError(f"Cannot pass parameter {name!r} as TypeScript must be able to declare its name")
        return f"const {name} = {str_val};"


def _text(val):
    # JSON's escapes are TypeScript's; a lone half of a pair is no text that a file could hold.
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", json.dumps(val, ensure_ascii=False))


def _whole(val):
    if abs(val) > _LARGEST_EXACT:
        raise ValueError(f"Cannot pass {val} to TypeScript as a number past 2^53 would lose digits: pass it as text")
    return str(val)


def _number(val):
    if not math.isfinite(val):
        raise ValueError(f"Cannot pass {val} to TypeScript as a notebook, which is JSON, cannot hold it: pass null")
    return repr(val)


papermill_translators.register("typescript", TypeScriptTranslator)
