"""What was said of each file beside what it is: a table per format and encoding, and what is below the aim."""

import collections

LEVELS = ("none", "mat", "toi_mat", "tuyet_mat")
TEXT, SCAN = 99.5, 95.0  # percent of papers with a mark that must be found at their level


class Table:
    def __init__(self):
        self.seen = collections.defaultdict(collections.Counter)  # (form, encoding) → (level, said) → n
        self.wrong = []

    def add(self, row, said):
        self.seen[row["format"], row["encoding"]][row["level"], said] += 1
        if said != row["level"]:
            self.wrong.append((row, said))

    def recall(self, form, encoding=None):
        """(found at their level, papers with a mark)"""
        found = total = 0
        for (f, e), counts in self.seen.items():
            if f == form and encoding in (None, e):
                found += sum(n for (level, said), n in counts.items() if level == said != "none")
                total += sum(n for (level, _), n in counts.items() if level != "none")
        return found, total

    def falsely(self):
        return [(row, said) for row, said in self.wrong if row["level"] == "none"]

    def missed(self):
        return [(row, said) for row, said in self.wrong if row["level"] != "none"]

    def text(self):
        lines = [f"{'format':10} {'encoding':10} {'with a mark':>12} {'at its level':>12} {'recall':>8} {'other level':>12} {'missed':>7} {'without':>8} {'flagged':>8}"]
        for (form, encoding), counts in sorted(self.seen.items()):
            found, total = self.recall(form, encoding)
            missed = sum(n for (level, said), n in counts.items() if level != "none" and said == "none")
            without = sum(n for (level, _), n in counts.items() if level == "none")
            flagged = sum(n for (level, said), n in counts.items() if level == "none" and said != "none")
            share = f"{100 * found / total:.2f}" if total else "-"
            lines.append(f"{form:10} {encoding:10} {total:12} {found:12} {share:>8} {total - found - missed:12} {missed:7} {without:8} {flagged:8}")
        return "\n".join(lines)

    def totals(self):
        """Found and falsely flagged, of text formats and of scans."""
        def counted(scans):
            forms = [f for f, _ in self.seen if f.startswith("scan") == scans]
            pairs = [(level, said, n) for (f, _), counts in self.seen.items() if f in forms for (level, said), n in counts.items()]
            found, marked = (sum(n for level, said, n in pairs if level != "none" and (said == level or every)) for every in (False, True))
            flagged, harmless = (sum(n for level, said, n in pairs if level == "none" and (said != "none" or every)) for every in (False, True))
            return f"{found}/{marked} found, {flagged}/{harmless} falsely flagged"
        return f"text formats {counted(False)}; scans {counted(True)}"

    def below(self):
        """Kinds of files that miss their aim: text formats together and one by one, scans together. One paper of a small set may be missed where the aim asks for more papers than there are."""
        forms = {form for form, _ in self.seen}
        told = []
        for name, members, aim in [(f, [f], TEXT) for f in sorted(forms) if not f.startswith("scan")] + [("scans", [f for f in forms if f.startswith("scan")], SCAN)]:
            found, total = map(sum, zip(*map(self.recall, members))) if members else (0, 0)
            if total and found < total * aim / 100 and total - found > (1 if total < 200 else 0):
                told.append(f"{name}: {found} of {total}, aim {aim} %")
        return told

    def examples(self, wrong, n=12):
        return "\n".join(f"{row['path']}: is {row['level']} ({row['place']}, {row['damage']}), said {said}" for row, said in wrong[:n])
