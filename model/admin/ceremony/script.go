package ceremony

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/printout"
)

// Script is the coming ceremony for people to print: who does what, in which order, with boxes to
// tick and the words to read aloud.
func Script(o *bundle.Opened) *printout.Page {
	b := o.Bundle()
	out := &printout.Page{Title: b.Title}
	if b.Rehearsal {
		out.Title = "Rehearsal: " + b.Title
	}
	add := func(head string, lines ...printout.Line) {
		out.Parts = append(out.Parts, printout.Part{Head: head, Lines: lines})
	}
	box := func(format string, args ...any) printout.Line {
		return printout.Line{Text: fmt.Sprintf(format, args...), Box: true}
	}
	words := printout.Line{Text: strings.Join(o.Digest().Words(), " "), Verbatim: true}
	add("What it is about", printout.Lines(
		"Repository: "+string(b.Repository),
		"Opens: "+model.Moment(b.Dates.Opens),
		"Target: "+b.Dates.Target.Format(time.DateOnly),
		"Last safe day: "+b.Dates.LastSafe.Format(time.DateOnly),
		"Expires: "+model.Moment(b.Dates.Expires))...)
	var people []printout.Line
	for _, p := range b.Participants {
		people = append(people, box("%s, %s, is here, or on the line", p.Name, p.Does))
	}
	add("People", people...)
	add("Before anyone signs",
		box("One person reads aloud the words of the fingerprint. Everyone compares them with those on their own screen:"),
		words,
		box("Everyone compares the clock of their machine with another one."))
	for _, who := range signersOf(o) {
		add(who.Who+" signs "+names(who.Roles),
			box("%s opens the file: trustdeck ceremony sign FILE", who.Who),
			box("%s compares the words, and reads what changes.", who.Who),
			box("%s confirms the clock, and the number that is printed on the token, if the key is on one.", who.Who),
			box("%s signs, and hands back the file, or the lines on the screen.", who.Who),
			printout.Line{Text: "Time, and signature of a witness: ______________________________"})
	}
	last := box("The operator publishes: trustdeck ceremony publish FILE")
	if b.Rehearsal {
		last = box("Nothing is published: this was a rehearsal.")
	}
	add("In the end",
		box("The operator brings the copies together: trustdeck ceremony merge FILE COPY"), last,
		box("Everyone verifies the transcript of their machine, and notes the hash of the last entry: trustdeck ceremony verify-transcript FILE.transcript"))
	return out
}

// signersOf are those who can sign, with what, in the order in which they act.
func signersOf(o *bundle.Opened) []bundle.Waiting {
	roles := map[string][]model.RoleName{}
	var order []string
	for _, role := range o.Roles() {
		for _, q := range o.Quorums(role) {
			for _, m := range q.Members {
				who := m.Person
				if who == "" {
					who = "The holder of key " + m.ID.Short()
				}
				if m.Unusable != "" || slices.Contains(roles[who], role) {
					continue
				}
				if roles[who] == nil {
					order = append(order, who)
				}
				roles[who] = append(roles[who], role)
			}
		}
	}
	rank := func(who string) int {
		if i := slices.IndexFunc(o.Bundle().Participants, func(p bundle.Participant) bool { return p.Name == who }); i >= 0 {
			return i
		}
		return len(o.Bundle().Participants)
	}
	slices.SortStableFunc(order, func(a, b string) int { return rank(a) - rank(b) })
	var out []bundle.Waiting
	for _, who := range order {
		out = append(out, bundle.Waiting{Who: who, Roles: roles[who]})
	}
	return out
}
