"""The verdicts of all scenarios as one table, and whether it is the table that is expected."""


class Results:
    def __init__(self, titles, not_yet, untestable, verdicts, versions, partial):
        self.titles, self.not_yet, self.untestable = titles, not_yet, untestable
        self.versions, self.partial = versions, partial
        self.proofs = {}  # row: (scenario, reasons, what it lacks) of each scenario that proves it
        for verdict in verdicts:
            for row, reasons in verdict.failures.items():
                self.proofs.setdefault(row, []).append((verdict.scenario.name, reasons, verdict.unavailable))

    def state(self, row):
        """`passes`, `fails`, `skipped`, `unproved` (no scenario) or `untestable`, and the reason."""
        proofs = self.proofs.get(row, [])
        reasons = [reason for _, failed, _ in proofs for reason in failed]
        if reasons:
            return "fails", reasons[0]
        lacks = [lack for _, _, lack in proofs if lack]
        if lacks:
            return "skipped", lacks[0]
        if proofs:
            return "passes", ""
        if row in self.untestable:
            return "untestable", self.untestable[row]
        return "unproved", "no scenario proves this row"

    def shown(self, row):
        state, reason = self.state(row)
        if state == "passes":
            return "passes" + (" although it is listed as not yet" if row in self.not_yet else "")
        if row in self.not_yet and state in ("fails", "unproved"):
            return "**not yet**: " + self.not_yet[row]
        if state == "untestable":
            return "not tested: " + reason
        return f"**{state}**: {reason}"

    def rows(self):
        return [row for row in self.titles if not self.partial or row in self.proofs]

    def complaints(self):
        """What is not as the lists say, one line each."""
        lines = []
        for row in [*self.rows(), *(set(self.proofs) - set(self.titles))]:
            state, reason = self.state(row)
            if row not in self.titles:
                lines.append(f"UNKNOWN  {row}: no row of the list")
            elif row in self.not_yet and state == "passes":
                lines.append(f"BEGINS   {row} passes now: take it off not_yet.tsv")
            elif row not in self.not_yet and state == "fails":
                lines.append(f"FAILS    {row}: {reason}")
            elif row not in self.not_yet and state == "unproved":
                lines.append(f"UNPROVED {row}: {self.titles[row]}")
            elif row in self.untestable and (row in self.proofs or row in self.not_yet):
                lines.append(f"TWICE    {row} is in two lists")
        return lines

    def counts(self):
        states = [self.state(row)[0] for row in self.rows()]
        waiting = sum(1 for row in self.rows() if row in self.not_yet and self.state(row)[0] in ("fails", "unproved"))
        return {"passed": states.count("passes"), "not yet": waiting,
                "failed": states.count("fails") + states.count("unproved") - waiting,
                "skipped": states.count("skipped"), "not testable here": states.count("untestable")}

    def summary(self):
        return f"{len(self.rows())} rows: " + ", ".join(f"{count} {what}" for what, count in self.counts().items())

    def exit_code(self, skipped):
        if self.complaints():
            return 1
        states = {self.state(row)[0] for row in self.rows()}
        return skipped if states == {"skipped"} else 0

    def markdown(self):
        lines = ["| row | what | result | proved by |", "| --- | --- | --- | --- |"]
        for row in self.rows():
            names = sorted({name.removeprefix("rows_") for name, _, _ in self.proofs.get(row, [])})
            cells = [row, self.titles[row], self.shown(row), ", ".join(f"`{name}`" for name in names)]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        return "\n".join(lines)

    def page(self):
        return f"""# Acceptance of the cloud

Each row of the cloud's requirements, and what the tests say about it. Written by
`python3 -B tests/cloud_acceptance/run.py --binary build/release/cli/bm --write FILE`;
`--only ID` runs what proves one row. The programs are real: `bm serve`, rclone {" and ".join(self.versions)}, a foreign
S3 server, `rclone serve sftp`. Two-way syncs need rclone 1.66; with 1.60.1 the one-way commands are tested, and the
refusal.

{self.summary()}.

{self.markdown()}
"""
