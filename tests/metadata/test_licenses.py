import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression
from trove_classifiers import classifiers as known_classifiers

from pyf.aggregator.metadata.licenses import (
    CLASSIFIER_IDS,
    MAX_LICENSE_LENGTH,
    find_license_ids,
    read_license,
)
from pyf.aggregator.metadata.spdx import find_expression_ids, find_named_licenses

OSI = "License :: OSI Approved :: "
MIT = f"{OSI}MIT License"
BSD = f"{OSI}BSD License"
GPL2 = f"{OSI}GNU General Public License v2 (GPLv2)"
GPL2_LATER = f"{OSI}GNU General Public License v2 or later (GPLv2+)"
PROPRIETARY = "License :: Other/Proprietary License"
MIT_TEXT = (
    "The MIT License (MIT)\n\nCopyright (c) 2020 Somebody\n\nPermission is hereby granted, free of charge, to"
)
BSD_TEXT = (
    "Copyright 2008 Somebody\n        \n        Redistribution and use in source and binary forms, with or"
)
APACHE_TEXT = (
    "                                 Apache License\n                           Version 2.0, January 2004\n"
    "                        http://www.apache.org/licenses/\n\n   TERMS AND CONDITIONS FOR USE, " + "x" * 500
)


@pytest.mark.parametrize(
    ("expression", "text", "classifiers", "read", "ids"),
    [
        # The expression, as PEP 639 has it
        ("MIT", "anything", [BSD], "MIT", ("MIT",)),
        ("MIT OR Apache-2.0", None, [], "MIT OR Apache-2.0", ("MIT", "Apache-2.0")),
        ("LicenseRef-Own", None, [MIT], "LicenseRef-Own", ()),
        ("MIT License", None, [], "MIT License", ("MIT",)),
        # A text that names a licence
        (None, "BSD-3-Clause", [MIT], "BSD-3-Clause", ("BSD-3-Clause",)),
        (None, "MIT License", [], "MIT License", ("MIT",)),
        (None, "ZPL 2.1", [f"{OSI}Zope Public License"], "ZPL 2.1", ("ZPL-2.1",)),
        (None, "New BSD", [BSD], "New BSD", ("BSD-3-Clause",)),
        (None, "GPL", [GPL2], "GPL", ()),
        (None, "BSD", [BSD], "BSD", ()),
        (None, "GPL version 2", [GPL2], "GPL version 2", ("GPL-2.0-only",)),
        (None, "Own Public Terms 7", [MIT], "Own Public Terms 7", ("MIT",)),
        (None, "License: MIT", [], "MIT", ("MIT",)),
        (None, '{text = "MIT"}', [], "MIT", ("MIT",)),
        (None, "['MIT']", [], "MIT", ("MIT",)),
        (None, "MIT\n", [], "MIT", ("MIT",)),
        (None, "Public Domain", [], "Public Domain", ()),
        # Classifiers can say that later versions are meant
        (None, "GPLv2", [GPL2_LATER], "GPLv2", ("GPL-2.0-or-later",)),
        (None, "GPL-2.0-only", [GPL2_LATER], "GPL-2.0-only", ("GPL-2.0-only",)),
        # A text that names none leaves it to the classifiers
        (None, None, [MIT], "MIT License", ("MIT",)),
        (None, "see the file LICENSE", [MIT], "MIT License", ("MIT",)),
        (None, "See LICENSE.txt for details", [MIT], "MIT License", ("MIT",)),
        (None, "LICENSE.txt", [MIT], "MIT License", ("MIT",)),
        (None, "docs/LICENSE.rst", [MIT], "MIT License", ("MIT",)),
        (None, "{'file': 'LICENSE'}", [MIT], "MIT License", ("MIT",)),
        (None, "LICENSE", [], None, ()),
        (None, "Other", [MIT], "MIT License", ("MIT",)),
        (None, "UNKNOWN", [MIT], "MIT License", ("MIT",)),
        (None, "OSI Approved", [MIT], "MIT License", ("MIT",)),
        (None, "Open Source", [MIT], "MIT License", ("MIT",)),
        (None, "Free software", [], None, ()),
        (None, "Copyright 2020 Somebody", [MIT], "MIT License", ("MIT",)),
        (None, "TODO", [], None, ()),
        (None, "...", [], None, ()),
        (None, MIT, [], "MIT License", ("MIT",)),
        (None, MIT, [f"{OSI}ISC License (ISCL)"], "MIT License, ISC License (ISCL)", ("MIT", "ISC")),
        # What hints at terms counts where nothing names a licence
        (None, "Proprietary", [MIT], "MIT License", ("MIT",)),
        (None, "Proprietary", [PROPRIETARY], "Other/Proprietary License", ()),
        (None, "Proprietary", [], "Proprietary", ()),
        (None, "All rights reserved", [], "All rights reserved", ()),
        (None, "https://x.example/terms", [MIT], "MIT License", ("MIT",)),
        # Classifiers that are categories name none
        (None, None, ["License :: OSI Approved"], None, ()),
        (None, None, ["License :: DFSG approved", BSD], "BSD License", ()),
        (None, None, ["License :: Freeware", MIT], "MIT License", ("MIT",)),
        (
            None,
            None,
            ["License :: OSI Approved", MIT, "License :: Public Domain"],
            "MIT License, Public Domain",
            ("MIT",),
        ),
        (None, None, [GPL2], "GNU General Public License v2 (GPLv2)", ()),
        (None, None, ["Programming Language :: Python"], None, ()),
        # Whole licences pasted into the field have a title, or none
        (None, MIT_TEXT, [], "The MIT License (MIT)", ("MIT",)),
        (None, " ".join(MIT_TEXT.split()), [], "The MIT License (MIT)", ("MIT",)),
        (None, "MIT License\n\nPermission is granted " + "x" * 200, [], "MIT License", ("MIT",)),
        (None, APACHE_TEXT, [], "Apache License Version 2.0, January 2004", ("Apache-2.0",)),
        (
            None,
            "LICENSE\n=======\n\nBSD 3-Clause License\n\nCopyright",
            [],
            "BSD 3-Clause License",
            ("BSD-3-Clause",),
        ),
        (None, "Copyright (c) 2020 Somebody\n\nMIT License\n\nPermission", [], "MIT License", ("MIT",)),
        (None, BSD_TEXT, [BSD], "BSD License", ()),
        (None, BSD_TEXT, [], None, ()),
        (None, "Permission is granted " * 20, [MIT], "MIT License", ("MIT",)),
        (None, "x" * 200, [], None, ()),
        # Of any type
        (None, None, [], None, ()),
        (7, ["MIT"], [MIT], "MIT License", ("MIT",)),
    ],
)
def test_a_licence_is_what_a_reader_can_use_and_its_ids_are_known_for_sure(
    expression: object, text: object, classifiers: list[str], read: str | None, ids: tuple[str, ...]
) -> None:
    assert read_license(expression, text, classifiers) == read
    assert find_license_ids(expression, text, classifiers) == ids


GPL_2_ONLY = (
    "GPL version 2|GPLv2|gpl-2.0|GNU GPL v2|GPL2|GPL v2|GPL-2|GNU General Public License v2 (GPLv2)"
    "|GNU GPL, version 2"
)
GPL_2_LATER = (
    "GPLv2+|GPL v2 or later|GPL-2.0+|GPL (>= 2)|GPL version 2 or later|GNU GPL v2 or any later version"
    "|GPL, version 2 (or, at your option, any later version)|GPL 2 or newer|gpl-2.0-or-later"
)
THREE_CLAUSES = (
    "BSD 3-Clause|3-Clause BSD License|BSD (3-clause)|new BSD|Revised BSD"
    '|BSD 3-Clause "New" or "Revised" License'
    "|Modified BSD License|BSD-3-Clause|bsd three clause|BSD3"
)
NO_ID = (
    "GPL|BSD|LGPL|ZPL|Apache|Apache Software License|MPL|EUPL|Artistic|MIT/X11|GNU General Public License"
    "|GNU Library or Lesser General Public License (LGPL)|MIT-style|BSD-like|GPL 2.1|MIT 2.0|Proprietary"
    "|Public Domain|LicenseRef-Own|any-OSI|Intel|non-GPL|MIT License with exceptions|similar to MIT"
    "|GPL v2 or v3|MIT (GPLv3)|"
)


@pytest.mark.parametrize(
    ("texts", "ids"),
    [
        (
            "MIT|mit|MIT License|The MIT License (MIT)|MIT licence|MIT Licensed|Expat|MIT Licence",
            ("MIT",),
        ),
        (
            "MIT, see LICENSE|MIT License (see LICENSE)|https://opensource.org/licenses/MIT",
            ("MIT",),
        ),
        (GPL_2_ONLY, ("GPL-2.0-only",)),
        (GPL_2_LATER, ("GPL-2.0-or-later",)),
        ("GPLv3+|GNU General Public License v3 or later (GPLv3+)", ("GPL-3.0-or-later",)),
        ("GPLv3|GNU GENERAL PUBLIC LICENSE Version 3, 29 June 2007|GPL 3.0", ("GPL-3.0-only",)),
        ("LGPLv2.1|GNU LGPL 2.1|GNU Lesser General Public License 2.1", ("LGPL-2.1-only",)),
        ("LGPLv3+|LGPL version 3 or later", ("LGPL-3.0-or-later",)),
        ("AGPLv3|GNU Affero General Public License v3|AGPL 3", ("AGPL-3.0-only",)),
        (THREE_CLAUSES, ("BSD-3-Clause",)),
        ("BSD-2-Clause|Simplified BSD|2-clause BSD|FreeBSD|BSD-2-Clause-FreeBSD", ("BSD-2-Clause",)),
        ("0BSD|Zero-Clause BSD", ("0BSD",)),
        (
            "Apache 2.0|Apache 2|Apache2|ASL 2.0|Apache License, Version 2.0|Apache Software License 2.0",
            ("Apache-2.0",),
        ),
        ("http://www.apache.org/licenses/LICENSE-2.0|Licensed under the Apache License 2.0", ("Apache-2.0",)),
        ("MPL 2.0|MPLv2|Mozilla Public License 2.0 (MPL 2.0)", ("MPL-2.0",)),
        ("ZPL-2.1|ZPL 2.1|Zope Public License 2.1|Zope Public License (ZPL) Version 2.1", ("ZPL-2.1",)),
        ("EUPL 1.2|European Union Public Licence 1.2 (EUPL 1.2)", ("EUPL-1.2",)),
        ("CC0|CC0 1.0 Universal", ("CC0-1.0",)),
        ("CC BY-SA 4.0|Creative Commons Attribution-ShareAlike 4.0 International", ("CC-BY-SA-4.0",)),
        ("ISC|ISC License (ISCL)", ("ISC",)),
        ("Unlicense|The Unlicense (Unlicense)", ("Unlicense",)),
        ("MIT OR Apache-2.0|MIT or Apache 2.0|MIT/Apache-2.0|MIT, Apache License 2.0", ("MIT", "Apache-2.0")),
        ("Dual licensed under MIT and GPLv3+", ("MIT", "GPL-3.0-or-later")),
        ("BSD, MIT", ("MIT",)),
        (NO_ID, ()),
    ],
)
def test_texts_that_mean_one_licence_have_one_id(texts: str, ids: tuple[str, ...]) -> None:
    found = {text: find_license_ids(None, text, []) for text in texts.split("|")}
    assert found == dict.fromkeys(found, ids)


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("mit", ("MIT",)),
        ("(MIT OR Apache-2.0) AND BSD-3-Clause", ("MIT", "Apache-2.0", "BSD-3-Clause")),
        ("MIT AND MIT", ("MIT",)),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ("GPL-2.0-only",)),
        ("GPL-2.0-with-classpath-exception", ("GPL-2.0-only",)),
        ("LicenseRef-Own OR MIT", ("MIT",)),
        ("GPL-3.0+ OR LGPL-2.1", ("GPL-3.0-or-later", "LGPL-2.1-only")),
        ("Apache-2.0+", ("Apache-2.0",)),
        ("MIT OR", ()),
        ("MIT WITH Nothing", ()),
        ("", ()),
    ],
)
def test_an_expression_has_the_ids_of_its_licences(expression: str, ids: tuple[str, ...]) -> None:
    assert find_expression_ids(expression) == ids


def test_classifiers_that_stand_for_one_licence_are_real_and_their_ids_listed() -> None:
    leaves = {
        classifier.split(" :: ")[-1]
        for classifier in known_classifiers
        if classifier.startswith("License ::")
    }
    assert set(CLASSIFIER_IDS) <= leaves
    assert {find_expression_ids(spdx_id) for spdx_id in CLASSIFIER_IDS.values()} == {
        (spdx_id,) for spdx_id in CLASSIFIER_IDS.values()
    }


def test_classifiers_and_texts_agree() -> None:
    named = {leaf: find_named_licenses(leaf) for leaf in CLASSIFIER_IDS}
    assert {leaf: found.ids for leaf, found in named.items() if found and found.ids} == {
        leaf: (CLASSIFIER_IDS[leaf],) for leaf, found in named.items() if found and found.ids
    }


PARTS = "MIT|GPL|v2|+|or later|BSD|3-clause|(|)|{text =|LICENSE|see| OR |AND|WITH|,|/|OSI Approved|\n|2.0|>="
parts = st.sampled_from(PARTS.split("|"))
texts = st.lists(parts | st.text(alphabet=st.characters(), max_size=5), max_size=8).map(" ".join)


@given(
    texts | st.none() | st.integers(),
    texts | st.none(),
    st.lists(st.sampled_from([MIT, GPL2_LATER, BSD, PROPRIETARY])),
)
def test_whatever_is_sent_a_licence_is_short_and_its_ids_are_listed(
    expression: object, text: str | None, classifiers: list[str]
) -> None:
    ids = find_license_ids(expression, text, classifiers)
    assert len(set(ids)) == len(ids)
    assert all(canonicalize_license_expression(spdx_id) == spdx_id for spdx_id in ids)
    read = read_license(None, text, classifiers)
    assert read is None or read == " ".join(read.split())
    if read and not classifiers:
        assert len(read) <= MAX_LICENSE_LENGTH
        assert read_license(None, read, ()) == read
        assert find_license_ids(None, read, ()) == find_license_ids(None, text, ())


@pytest.mark.parametrize(
    "sign", ["(", "(a", ">= ", "or ", "gpl ", "{text", "[", "licensed under ", "or any ", "1.", "in "]
)
def test_long_nonsense_is_read_at_once(sign: str) -> None:
    for length in (40, 100_000):
        find_license_ids(sign * length, sign * length, [])
        read_license(None, sign * length, [])
