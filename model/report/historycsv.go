package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/history"
)

// HistoryColumns are those of a history as CSV. What has the name of a member of History, or of
// what is in it, is that member.
var HistoryColumns = []string{
	"repository", "time", "clock", "kind", "snapshot", "root", "about", "role", "version", "change", "what",
	"verified", "signers", "names", "from", "keysAdded", "keysRemoved", "target", "sha256", "sha256Was", "problems",
}

// WriteHistoryCSV writes a timeline as CSV, with a row for each change of the publishes that are
// shown, newest first. A cell never holds what cannot be shown, nor what a spreadsheet takes for
// a formula. Target is what people call a target.
func WriteHistoryCSV(w io.Writer, t history.Timeline, shown []history.Publish, target string) error {
	h := historyCSV{out: csv.NewWriter(w), line: &t, namer: t.NamerOf(history.FullNames), target: target}
	h.record(HistoryColumns)
	for i := range shown {
		h.publish(&shown[i])
	}
	h.out.Flush()
	if err := h.out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

type historyCSV struct {
	out    *csv.Writer
	line   *history.Timeline
	namer  history.Namer
	target string
}

// cells are those of a row by their columns; a column without one is empty.
type cells map[string]string

// row writes a row about a publish.
func (h *historyCSV) row(p *history.Publish, about string, c cells) {
	for column, text := range map[string]string{
		"repository": string(h.line.GUN), "time": moment(p.Time), "clock": string(p.Clock), "kind": string(p.Kind),
		"snapshot": version(p.Snapshot), "root": version(p.Root), "about": about,
	} {
		if _, ok := c[column]; !ok {
			c[column] = text
		}
	}
	record := make([]string, len(HistoryColumns))
	for i, column := range HistoryColumns {
		record[i] = c[column]
	}
	h.record(record)
}

// record writes cells. The writer keeps its first error.
func (h *historyCSV) record(texts []string) {
	_ = h.out.Write(each(texts, inert))
}

// publish writes who could sign first, then the files with what changed in them.
func (h *historyCSV) publish(p *history.Publish) {
	switch {
	case p.Kind == history.Deletion:
		h.row(p, "deletion", cells{"change": string(history.Removed), "what": p.Summary(h.namer, h.target)})
	case !p.Compared:
		h.row(p, "grant", cells{"what": "not compared: the publish before is not known"})
	}
	if len(p.Problems) > 0 {
		h.row(p, "problem", cells{"verified": strconv.FormatBool(p.Verified), "problems": problemWords(p.Problems)})
	}
	for i := range p.Differences {
		h.difference(p, &p.Differences[i])
	}
	for i := range p.Revisions {
		h.revision(p, &p.Revisions[i])
	}
	for i := range p.Timestamps {
		s := &p.Timestamps[i]
		h.row(p, "file", h.signed(s.Signers, cells{
			"time": moment(s.Time), "clock": string(s.Clock), "role": string(model.RoleTimestamp), "version": version(s.Version),
			"what": signedWords(i > 0), "verified": strconv.FormatBool(s.Verified), "sha256": hexOf(s.SHA256[:]),
		}))
	}
}

// difference writes how who could sign a role has changed, with the file that says so.
func (h *historyCSV) difference(p *history.Publish, d *history.Difference) {
	var words []string
	for _, l := range d.Lines(h.namer) {
		words = append(words, l.Text)
	}
	c := cells{
		"role": string(d.Role), "change": string(d.Change), "what": strings.Join(words, "; "), "from": string(d.From),
		"keysAdded": idsOf(d.KeysAdded), "keysRemoved": idsOf(d.KeysRemoved), "verified": strconv.FormatBool(p.Verified),
	}
	for i := range p.Revisions {
		if r := &p.Revisions[i]; r.Role == d.From {
			c["version"], c["verified"] = version(r.Version), strconv.FormatBool(r.Verified)
			h.signed(r.Signers, c)
		}
	}
	h.row(p, "grant", c)
}

// revision writes a file, and each target that changed in it.
func (h *historyCSV) revision(p *history.Publish, r *history.Revision) {
	with := func(c cells) cells {
		c["role"], c["version"], c["verified"] = string(r.Role), version(r.Version), strconv.FormatBool(r.Verified)
		return h.signed(r.Signers, c)
	}
	file := cells{"what": r.What(h.target), "problems": problemWords(r.Problems)}
	if file["what"] == "" {
		file["what"] = signedWords(false)
	}
	if r.Length > 0 {
		file["sha256"] = hexOf(r.SHA256[:])
	}
	h.row(p, "file", with(file))
	for i := range r.Targets.List {
		c := &r.Targets.List[i]
		h.row(p, "target", with(cells{
			"change": string(c.Change), "what": h.target + " " + string(c.Change), "target": c.Name,
			"sha256": hexOf(c.Hashes.SHA256), "sha256Was": hexOf(c.HashesWas.SHA256),
		}))
	}
	if more := r.Targets.Total() - len(r.Targets.List); more > 0 {
		h.row(p, "target", with(cells{"what": fmt.Sprintf("%s changed and not listed", model.Count(more, "more "+h.target))}))
	}
}

// signed adds the keys that have signed, and the people who have had them.
func (h *historyCSV) signed(by []model.KeyID, c cells) cells {
	var names []string
	for _, id := range by {
		names = append(names, h.line.Names[id]...)
	}
	c["signers"], c["names"] = idsOf(by), strings.Join(names, ", ")
	return c
}

func signedWords(again bool) string {
	if again {
		return "re-signed"
	}
	return "signed"
}

func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

func version(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func idsOf(ids []model.KeyID) string { return strings.Join(texts(ids), " ") }

func problemWords(problems []model.Problem) string {
	return strings.Join(each(problems, func(p model.Problem) string { return p.Severity.String() + ": " + p.Text }), "; ")
}

// formula is how a spreadsheet recognises one: by the first character of a cell, spaces and
// quotes aside. Where it takes semicolons for the ends of cells, a cell also begins after each.
var formula = regexp.MustCompile(`(^|;)([ "']*[=+\-@＝＋－＠])`)

// inert is a cell as text: with escapes for what cannot be shown, and an apostrophe in front of
// what begins a formula.
func inert(cell string) string {
	return formula.ReplaceAllString(display.Escape(cell), "$1'$2")
}
