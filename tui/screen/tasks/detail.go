package tasks

import (
	"context"
	"errors"
	"strings"

	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// about lays out a task in full: first what came of it and why, for that is what a
// short terminal has room for.
func (s *Screen) about(doc *widget.Doc, e *task.Entry) (title string, lines widget.Text) {
	mark := s.mark(e.State)
	doc.Fact("Task", text.Clean(e.Name))
	doc.TonedFact("State", mark.Glyph+" "+e.State.String()+meaning(e), mark.Tone)
	if e.Err != nil {
		for _, err := range flat(e.Err) {
			layError(doc, "Why", err, mark.Tone)
		}
	}
	for _, note := range e.Notes {
		doc.Fact("Read", text.Clean(note))
	}
	if e.Total > 0 {
		doc.Fact("Progress", progress(e))
	}
	doc.Fact("Took", took(e))
	doc.Fact("Started", e.Started.UTC().Format("2006-01-02 15:04:05 UTC"))
	if e.Subject != "" {
		doc.Fact("About", text.Clean(e.Subject))
	}
	if len(e.Troubles) > 0 {
		doc.Head("PROBLEMS ALONG THE WAY")
		for _, err := range e.Troubles {
			layError(doc, "What", err, theme.Warn)
		}
		if e.More > 0 {
			doc.Para("and "+text.Number(e.More)+" more; the log has all of them", theme.Dim)
		}
	}
	return "Task", doc.Lines()
}

func layError(doc *widget.Doc, label string, err error, tone theme.Tone) {
	what, hint := text.Error(err)
	if errors.Is(err, context.Canceled) && hint == "" {
		what = "newer work replaced it, or you left the screen that needed it"
	}
	doc.TonedFact(label, what, tone)
	if hint != "" {
		doc.Fact("Fix", text.Sentence(hint))
	}
	if _, ok := errors.AsType[*task.PanicError](err); ok {
		doc.Fact("Fix", "This is a bug in trustdeck. Press y to copy the details for a report.")
	}
}

// flat are the errors that were joined to one.
func flat(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, flat(e)...)
	}
	return out
}

// meaning explains the states that a word does not.
func meaning(e *task.Entry) string {
	switch e.State {
	case task.Stopping:
		return ": stopping"
	case task.Partly:
		return ": finished, with failures"
	case task.Cancelled:
		return ": stopped early"
	default:
		return ""
	}
}

// copies are what can be told of a task.
func copies(e *task.Entry) []screen.CopyItem {
	items := []screen.CopyItem{{Label: "task", Text: text.Clean(e.Name)}}
	if e.Subject != "" {
		items = append(items, screen.CopyItem{Label: "subject", Text: e.Subject})
	}
	if e.Err != nil {
		items = append(items, screen.CopyItem{Label: "error", Text: sentences(flat(e.Err)), Lines: true})
	}
	if len(e.Troubles) > 0 {
		items = append(items, screen.CopyItem{Label: "problems along the way", Text: sentences(e.Troubles), Lines: true})
	}
	if broken, ok := errors.AsType[*task.PanicError](e.Err); ok {
		items = append(items, screen.CopyItem{Label: "trace", Text: trace(broken), Lines: true})
	}
	return items
}

// sentences are errors with the way out of each, a line for each.
func sentences(errs []error) string {
	lines := make([]string, len(errs))
	for i, err := range errs {
		what, hint := text.Error(err)
		if hint != "" {
			what += "; " + hint
		}
		lines[i] = what
	}
	return strings.Join(lines, "\n")
}

// trace is where the program went wrong, harmless to paste.
func trace(broken *task.PanicError) string {
	lines := strings.Split(text.Clean(broken.Error())+"\n"+string(broken.Stack), "\n")
	for i, line := range lines {
		lines[i] = text.Clean(strings.ReplaceAll(line, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}
