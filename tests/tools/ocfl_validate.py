#!/usr/bin/env python3
"""Judges OCFL storage roots with ocfl-py (PyPI), which is not ours: ocfl_validate.py ROOT …

Exit 0: every root and object is valid and lies where its layout says, without warnings but W013 (our header
extension is not in the community's register). ocfl-py 2.1 does not know layout 0004, which differs from its 0003
only in the name of the last folder, and its own tool answers 0 for a root with broken objects; both are mended here.
"""
import os
import sys

import ocfl
from ocfl.layout_0003_hash_and_id_n_tuple import Layout_0003_Hash_And_Id_N_Tuple
from ocfl.layout_registry import add_layout

NAME = "0004-hashed-n-tuple-storage-layout"


class Layout0004(Layout_0003_Hash_And_Id_N_Tuple):
    """https://ocfl.github.io/extensions/0004-hashed-n-tuple-storage-layout.html"""

    def __init__(self):
        super().__init__()
        self.NAME = NAME
        self.PARAMS["shortObjectRoot"] = self.check_short

    def check_short(self, value):
        assert value is False, "shortObjectRoot"

    def identifier_to_path(self, identifier):
        digest = ocfl.digest.string_digest(identifier, self.digest_algorithm)
        parts = [digest[i * self.tuple_size:][:self.tuple_size] for i in range(self.number_of_tuples)]
        return os.path.join(*parts, digest)


def judge(path):
    root = ocfl.StorageRoot(root=path)
    root.registered_extensions.append(NAME)
    good = root.validate(log_warnings=True)
    said = [line for _, text in root.errors for line in text.splitlines() if "[W013]" not in line]
    said += [line for line in root.log.status_str().splitlines()]
    said += [f"{at} is not where {name} belongs" for at, name in root.list_objects() if root.object_path(name) != at]
    print("\n".join(said + [f"{path}: {root.good_objects} of {root.num_objects} objects are valid"]))
    return good and not said and root.good_objects == root.num_objects


if __name__ == "__main__":
    add_layout(NAME, Layout0004)
    sys.exit(0 if all([judge(path) for path in sys.argv[1:]]) else 1)
