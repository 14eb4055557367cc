"""A module says what it is for in its first lines, and so does every public class."""

from __future__ import annotations

import ast

from tests.tidy.house import name_of, product_files, tree_of

GENERATED = "foundation/migrations/versions/"
# A program of its own, whose classes are named after what they stand for.
ELSEWHERE = "phone_simulator/"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in product_files()
        if not name_of(path).startswith(GENERATED) and not ast.get_docstring(tree_of(path))
    ]

    assert silent == []


def test_every_public_class_says_what_it_is() -> None:
    silent = [
        f"{name_of(path)}:{node.name}"
        for path in product_files()
        if not name_of(path).startswith(ELSEWHERE)
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]

    assert silent == []


def test_every_action_is_one_verb_in_one_file() -> None:
    others = []
    for path in product_files():
        if path.parent.name == "actions" and path.name != "__init__.py":
            public = {
                node.name
                for node in tree_of(path).body
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            }
            if path.stem not in public:
                others.append(name_of(path))

    assert others == []
