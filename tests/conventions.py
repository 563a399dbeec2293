"""The house rules as functions: each takes a file and returns what is wrong with it, in words.

`test_conventions.py` applies them to the whole project, and to bad examples that prove that each one fires.
"""

import ast
import graphlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

# A module imports only from layers above its own line here, or from its own package on the same line.
LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "pure",
        (
            *("palette", "plaintext", "outline", "sorting", "thumbnails", "typesetting", "wordindex", "textdiff"),
            "keymap",
        ),
    ),
    ("pure", ("markup", "sources", "cards", "renditions", "changes", "translation")),
    (
        "pure",
        (
            *("publishing.document", "publishing.escaping", "publishing.hugo", "publishing.interchange"),
            *("publishing.turns", "publishing.locations", "publishing.plumbing", "publishing.mirror"),
            *("publishing.beneath", "publishing.forges", "publishing.trees", "publishing.worktree"),
            *("publishing.local", "publishing.webpage", "publishing.rendered", "publishing.sandbox"),
            *("publishing.problems", "publishing.form", "publishing.unescaping", "publishing.reading"),
            *("publishing.frontmatter", "publishing.proof", "publishing.merging", "publishing.places"),
            *("publishing.layouts", "publishing.shortcodes", "publishing.between", "publishing.blocks"),
            *("publishing.likeness", "publishing.writing", "publishing.editing", "publishing.recognizing"),
            *("publishing.matching", "publishing.arranging"),
            *(
                "publishing.comparing",
                "publishing.checkout",
                "publishing.folder",
                "publishing.building",
                "publishing.watching",
            ),
        ),
    ),
    ("data", ("models",)),
    ("acts", ("illustrations",)),  # below publishing, which names the pictures of what it publishes
    (
        "acts",
        (
            *("importing", "curation", "publishing.assemble", "publishing.indexing", "publishing.publish"),
            "publishing.withdrawn",
            *("publishing.loading", "publishing.exporting"),
        ),
    ),
    ("acts", ("delivering",)),
    ("acts", ("archive",)),
    ("doors", ("tasks",)),  # below the other doors, since they enqueue
    ("doors", ("templatetags",)),  # how a time or a picture is shown is one thing, in templates and outside
    ("doors", ("editor", "public", "admin")),
    ("doors", ("baking",)),
    ("doors", ("management",)),
    ("doors", ("apps",)),
)
KEPT_FROM = {
    "pure": ("django.conf", "django.db", "django.contrib", "django.core", "django.http", "django.template"),
    "data": ("django.http", "django.shortcuts", "django.template", "django.forms", "django_htmx", "httpx"),
    "acts": ("django.http", "django.shortcuts", "django.template", "django.forms", "django_htmx"),
    "doors": (),
}
FORBIDDEN_NAMES = {
    *("services", "utils", "helpers", "common", "constants", "managers", "selectors", "repositories"),
    *("exceptions", "mixins", "signals", "misc"),
}
MARKUP_MAKERS = {  # the only ones that may call a text safe
    *("digests/plaintext.py", "digests/markup.py"),
    "digests/templatetags/quote_tags.py",  # format_html takes three times as long, for each of a page's eighty quotes
}
FILE_LINES = 400
FUNCTION_LINES = 60


@dataclass(frozen=True)
class Module:
    """A Python file of the project: its path from the project's root, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        parts = PurePosixPath(self.path).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def imports(self, known: frozenset[str] = frozenset()) -> Iterator[str]:
        """Every module imported anywhere in the file; `from a import b` is `a.b` where that is one of the `known`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                parent = _absolute(node, self)
                named = {f"{parent}.{alias.name}" for alias in node.names}
                yield from named & known
                if named - known:
                    yield parent


def _absolute(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".") if module.path.endswith("__init__.py") else module.name.split(".")[:-1]
    return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def _place(name: str) -> tuple[int, str]:
    """The number and name of a module's layer; KeyError when the table has no place for it."""
    for number, (layer, prefixes) in enumerate(LAYERS):
        for prefix in prefixes:
            if f"{name}.".startswith(f"digests.{prefix}."):
                return number, layer
    raise KeyError(name)


def wrong_layer(module: Module, known: frozenset[str]) -> list[str]:
    if module.name in {"digests", "digests.publishing"}:
        return [f"{module.path} imports {name}; the package stays empty" for name in module.imports(known)]
    try:
        number, layer = _place(module.name)
    except KeyError:
        return [f"{module.path} has no layer; give it a line in tests/conventions.py"]
    found = []
    for name in sorted(set(module.imports(known))):
        if name.split(".")[0] == "matome_site" or any(f"{name}.".startswith(f"{kept}.") for kept in KEPT_FROM[layer]):
            found.append(f"{module.path} ({layer}) imports {name}")
        elif name.startswith("digests."):
            other, other_layer = _place(name)
            same_package = name.split(".")[:2] == module.name.split(".")[:2]
            if other > number or (other == number and not same_package):
                found.append(f"{module.path} ({layer}) imports {name} ({other_layer})")
    return found


def import_cycle(modules: list[Module]) -> list[str]:
    known = frozenset(module.name for module in modules)
    graph = {module.name: {*module.imports(known)} & known - {module.name} for module in modules}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return [f"import cycle: {' → '.join(error.args[1])}"]
    return []


def forbidden_name(module: Module) -> list[str]:
    names = {*PurePosixPath(module.path).with_suffix("").parts} & FORBIDDEN_NAMES
    return [f"{module.path}: name it for what it is, not {name}" for name in sorted(names)]


def too_long(module: Module) -> list[str]:
    found = []
    if (length := len(module.text.splitlines())) > FILE_LINES:
        found.append(f"{module.path} has {length} lines of {FILE_LINES}")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not module.path.startswith("tests/"):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{module.path}: {node.name} has {length} lines of {FUNCTION_LINES}")
    return found


def no_docstring(module: Module) -> list[str]:
    return [] if not module.tree.body or ast.get_docstring(module.tree) else [f"{module.path} has no docstring"]


def unfashionable(module: Module) -> list[str]:
    """View mixins, class-based views, own signals, and settings read past `matome_site.environment`."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Mixin", "View")):
            found.append(f"{module.path}: {node.name}; views are functions")
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Signal":
            found.append(f"{module.path}: a signal of our own; call the function")
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}:
            allowed = module.path == "matome_site/environment.py" or "setdefault" in module.text
            found += [] if allowed else [f"{module.path} reads the environment; settings.py does that"]
    return found


def untranslatable(module: Module) -> list[str]:
    """Gettext does not look into f-strings: what is to be translated there stays English."""
    formatted = (node for node in ast.walk(module.tree) if isinstance(node, ast.JoinedStr))
    calls = (inner for node in formatted for inner in ast.walk(node) if isinstance(inner, ast.Call))
    asked = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in {"_", "gettext", "ngettext"})
    return [f"{module.path}:{call.lineno} asks for a translation within an f-string" for call in asked]


def text_called_safe(module: Module) -> list[str]:
    if module.path in MARKUP_MAKERS:
        return []
    names = {"mark_safe", "SafeString", "SafeText"}
    calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    return [
        f"{module.path}:{call.lineno} calls {ast.unparse(call.func)}"
        for call in calls
        if ast.unparse(call.func).split(".")[-1] in names
    ]


# Templates. Django's tags are replaced by a sign, so that what is left can be read as HTML.

_TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
_COMMENT = re.compile(r"{% comment\b.*?{% endcomment %}|{#.*?#}", re.DOTALL)


class _Reader(HTMLParser):
    """Collects what the content security policy forbids, and forms that post without a token."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.form: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        for name, value in values.items():
            scripted = value.strip().lower().startswith(("js:", "javascript:"))
            if scripted or name in {"style", "hx-vars"} or name.startswith(("on", "hx-on")):
                self.found.append(f'<{tag} {name}="{value[:40]}">')
        if tag == "style" or (tag == "script" and "src" not in values):
            self.found.append(f"inline <{tag}>")
        if tag == "form" and (values.get("method", "").lower() == "post" or "hx-post" in values):
            self.form = self.get_starttag_text()

    def handle_data(self, data: str) -> None:
        if self.form and "CSRF-TOKEN" in data:
            self.form = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.form:
            self.found.append(f"{' '.join(self.form.split())[:80]} has no csrf_token")
            self.form = None


def bad_template(path: str, text: str) -> list[str]:
    text = _COMMENT.sub("", text)
    found = [f"{path}: {match}" for match in re.findall(r"\|\s*safe(?:seq)?\b|{%-?\s*autoescape off", text)]
    reader = _Reader()
    reader.feed(_TAG.sub(lambda tag: "CSRF-TOKEN" if "csrf_token" in tag[0] else "…", text))
    reader.close()
    return found + [f"{path}: {what}" for what in reader.found]


def unused_partials(templates: dict[str, str], code: str) -> list[str]:
    """Partials that neither a `{% partial %}` of their own template nor a `template.html#name` anywhere asks for.

    Code may put the two together, so its `"name"` counts as well.
    """
    everything = "".join(templates.values())
    found = []
    for path, text in templates.items():
        for name, inline in re.findall(r"{%\s*partialdef\s+([\w-]+)(\s+inline)?\s*%}", text):
            own = re.search(rf"{{%\s*partial\s+{re.escape(name)}\s*%}}", text)
            elsewhere = re.search(rf"html#{re.escape(name)}\b", everything)
            in_code = re.search(rf"""(#|["']){re.escape(name)}["']""", code)
            if not (own or elsewhere or in_code):
                found.append(f"{path}: nobody renders the partial {name}{' by itself' if inline else ''}")
    return found


# Documents and other files.


def settings_read(settings: Module) -> set[str]:
    """The environment's names that settings.py reads through `environment.…("NAME")`."""
    names = {"CACHE_URL", "DATABASE_URL", "MATOME_SECRET_KEY"}
    for node in ast.walk(settings.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("environment.") and node.args:
            argument = node.args[0]
            value = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(value, str) and re.fullmatch(r"[A-Z_]+", value):
                names.add(f"MATOME_{value}")
    return names


def settings_documented(readme: str) -> set[str]:
    """The names in the first column of the README's tables, those of the test suite's own aside."""
    rows = re.findall(r"^\| `([A-Z][A-Z_]+)`", readme, re.MULTILINE)
    return {name for name in rows if not name.startswith("MATOME_TEST_")}


def undocumented_vendored(folder: Path) -> list[str]:
    """Files whose SHA-256 does not stand on the line of VENDORED.md that names them."""
    lines = (folder / "VENDORED.md").read_text(encoding="utf-8").splitlines()
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "VENDORED.md":
            digest = sha256(path.read_bytes()).hexdigest()
            if not any(path.name in line and digest in line for line in lines):
                found.append(f"{path.name} {digest}")
    return found


def auto_named(migrations: list[str]) -> list[str]:
    return [name for name in migrations if re.search(r"_auto_|_and_more$|_alter_.*_options$", name)]
