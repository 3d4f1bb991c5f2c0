package archive

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/archive"
	"trustdeck/model/report"
)

// An overviewReport is the report.json of the whole archive.
type overviewReport struct {
	Schema   string    `json:"schema"`
	Server   string    `json:"server"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	// Complete is true where everything that was asked for was saved.
	Complete     bool            `json:"complete"`
	Repositories []outcomeReport `json:"repositories"`
	// Others are in the archive and were not part of the last run.
	Others []otherReport `json:"others"`
}

type outcomeReport struct {
	Name     string          `json:"name"`
	Folder   string          `json:"folder"`
	Read     time.Time       `json:"read,omitzero"`
	Complete bool            `json:"complete"`
	Level    string          `json:"level"`
	Reason   string          `json:"reason,omitempty"`
	Files    int             `json:"files"`
	New      int             `json:"new"`
	Problems []problemReport `json:"problems"`
	Fault    *report.Fault   `json:"fault,omitempty"`
}

type otherReport struct {
	Name     string    `json:"name"`
	Folder   string    `json:"folder"`
	Read     time.Time `json:"read,omitzero"`
	Complete bool      `json:"complete"`
}

func (w *Writer) placeOverview(result archive.Result) error {
	over := overviewReport{
		Schema: reportSchema, Server: result.Server,
		Started: result.Started.UTC(), Finished: result.Finished.UTC(), Complete: result.Complete(),
		Repositories: make([]outcomeReport, len(result.Repositories)), Others: []otherReport{},
	}
	named := map[model.GUN]bool{}
	for i, r := range result.Repositories {
		named[r.GUN] = true
		over.Repositories[i] = outcomeReport{
			Name: string(r.GUN), Folder: folderOf(r.GUN), Read: r.Read.UTC(), Complete: r.Complete,
			Level: r.Assessment.Level.String(), Reason: r.Assessment.Reason,
			Files: r.Files, New: r.New, Problems: newProblems(r.Problems), Fault: report.NewFault(r.Fault),
		}
	}
	for _, r := range w.m.Repositories {
		if !named[r.GUN] {
			over.Others = append(over.Others, otherReport{string(r.GUN), r.Folder, r.Read, r.Complete})
		}
	}
	var buf bytes.Buffer
	if err := report.Encode(&buf, over); err != nil {
		return diskFault(w.name, "the overview could not be made", fmt.Errorf("encode: %w", err))
	}
	if err := w.placeIfNew(overviewJSONName, buf.Bytes()); err != nil {
		return err
	}
	return w.placeIfNew(overviewName, overviewMarkdown(over))
}

// overviewMarkdown writes the page to begin with.
func overviewMarkdown(over overviewReport) []byte {
	p := &page{}
	p.line("# Archive of trust data\n")
	p.line("Saved from %s, from %s to %s.", md(over.Server), day(over.Started), day(over.Finished))
	p.line("%s explains the files; each repository has a report of its own.\n", readmeName)
	p.table("Repository", "State", "Read", "Complete", "Files", "New", "Worst problem", "Report")
	for _, r := range over.Repositories {
		worst := worstOf(r.Problems)
		if r.Fault != nil {
			worst = "could not be read: " + md(r.Fault.Text)
		}
		p.row(md(r.Name), md(r.Level), day(r.Read), yes(r.Complete), fmt.Sprint(r.Files), fmt.Sprint(r.New), worst, reportLink(r.Folder))
	}
	for _, r := range over.Others {
		p.row(md(r.Name), "not part of the last run", day(r.Read), yes(r.Complete), "", "", "", reportLink(r.Folder))
	}
	problems := 0
	for _, r := range over.Repositories {
		for _, problem := range r.Problems {
			if problems++; problems == 1 {
				p.heading("Problems")
				p.table("Severity", "Repository", "Role", "Problem")
			}
			p.row(problem.Severity, md(r.Name), md(problem.Role), md(problem.Text))
		}
	}
	return p.Bytes()
}

// reportLink links to a repository's report. A folder has no character that
// Markdown or a URL would take for something else but '%'.
func reportLink(folder string) string {
	return fmt.Sprintf("[report](%s/%s)", strings.ReplaceAll(folder, "%", "%25"), overviewName)
}

// worstOf is the gravest severity and how many problems have it.
func worstOf(problems []problemReport) string {
	grave := []string{model.Failure.String(), model.Warning.String(), model.Notice.String()}
	if len(problems) == 0 {
		return "none"
	}
	top := slices.MinFunc(problems, func(a, b problemReport) int {
		return cmp.Compare(slices.Index(grave, a.Severity), slices.Index(grave, b.Severity))
	}).Severity
	n := 0
	for _, p := range problems {
		if p.Severity == top {
			n++
		}
	}
	return fmt.Sprintf("%s (%d)", top, n)
}
