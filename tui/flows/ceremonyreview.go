package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model/admin/ceremony"
	"trustdeck/model/bundle"
	"trustdeck/tui/flow"
)

// CeremonyReview says what a ceremony would change, and where it stands at a moment, for people who
// decide whether to sign. In the details is all that is signed.
func CeremonyReview(o *bundle.Opened, at time.Time) flow.Review {
	b, progress := o.Bundle(), ceremony.ProgressOf(o, at)
	out := flow.Review{
		Verdict: progress.Now, About: string(b.Repository),
		Table: flow.Table{Columns: []flow.Column{{Title: "ROLE"}, {Title: "VERSION", Word: "version"}, {Title: "THRESHOLD"}, {Title: "EXPIRES", Word: "expires"}}},
	}
	for _, row := range o.Summary() {
		out.Table.Rows = append(out.Table.Rows, roleRow(&row, "with a new certificate"))
	}
	fact := func(label, text string) { out.Facts = append(out.Facts, flow.Fact{Label: label, Text: text}) }
	if b.Rehearsal {
		out.Facts = append(out.Facts, rehearsalFact)
	}
	if progress.Late != "" {
		fact(flow.Warning, progress.Late)
	}
	for _, r := range o.Reviews() {
		if r.Unverified != "" {
			fact(flow.Warning, fmt.Sprintf("The published file of %s is not compared with: %s.", r.Role, r.Unverified))
		}
	}
	fact("Ceremony", b.Title)
	fact("Fingerprint", strings.Join(o.Digest().Words(), " "))
	if progress.Stage != ceremony.Complete {
		for _, line := range absence(o.Absence()) {
			fact("Absence", line)
		}
	}
	out.Facts = append(append(out.Facts, datesFact(b.Dates)), ceremonySigners(o)...)
	out.Details = ceremonyDetails(o)
	return out
}

// absence says in sentences who need not come.
func absence(a bundle.Absence) []string {
	var out []string
	switch a.Any {
	case 0:
	case 1:
		out = append(out, "Any one person may be absent.")
	default:
		out = append(out, "Any two people may be absent.")
	}
	if len(a.Needed) > 0 {
		out = append(out, "Nothing can be published without "+strings.Join(a.Needed, ", ")+".")
	}
	for _, p := range a.Pairs {
		out = append(out, fmt.Sprintf("%s or %s may be absent, but not both.", p[0], p[1]))
	}
	return out
}

// ceremonySigners has a fact for each quorum: who has signed, the people first.
func ceremonySigners(o *bundle.Opened) []flow.Fact {
	var out []flow.Fact
	for _, role := range o.Roles() {
		for _, q := range o.Quorums(role) {
			label := "Signers of " + string(role)
			if q.Former {
				label += ", old keys"
			} else if len(o.Quorums(role)) > 1 {
				label += fmt.Sprintf(", by %s %d", q.GrantedBy, q.Version)
			}
			var all []string
			for _, m := range q.Members {
				all = append(all, memberWords(m))
			}
			out = append(out, flow.Fact{Label: label, Text: fmt.Sprintf("%d of %d needed: %s", q.Signed(), q.Threshold, strings.Join(all, ", "))})
		}
	}
	return out
}

// memberWords names who has a key, the token, the key, and whether it has signed.
func memberWords(m bundle.Member) string {
	var words []string
	if m.Person != "" {
		words = append(words, m.Person)
	}
	if m.Serial != "" {
		words = append(words, "token "+m.Serial)
	}
	words = append(words, "key "+m.ID.Short())
	switch {
	case m.Signed:
		words = append(words, "has signed")
	case m.Unusable != "":
		words = append(words, "can't sign: "+m.Unusable)
	}
	switch {
	case m.Leaves:
		words = append(words, "leaves")
	case m.Joins:
		words = append(words, "joins")
	}
	return strings.Join(words, " ")
}

// ceremonyDetails are what each file says that the table does not, and the published roots.
func ceremonyDetails(o *bundle.Opened) []flow.Section {
	var out []flow.Section
	for _, r := range o.Reviews() {
		section := flow.Section{Head: fmt.Sprintf("%s, version %d", r.Role, r.To), Lines: slices.Clone(r.Lines)}
		if r.From > 0 {
			section.Head += fmt.Sprintf(" (was %d)", r.From)
		}
		section.Lines = append(section.Lines, r.Beyond...)
		if len(section.Lines) == 0 {
			section.Lines = []string{"Nothing beside what the table says."}
		}
		out = append(out, section)
	}
	for _, r := range slices.Backward(o.Roots()) {
		out = append(out, flow.Section{Head: fmt.Sprintf("PUBLISHED ROOT %d", r.Version), Lines: RootWords(r)})
	}
	for _, role := range o.Roles() {
		_, raw := o.Raw(role)
		out = append(out, flow.Section{Head: "WHAT IS SIGNED FOR " + string(role), Lines: raw})
	}
	return out
}

// RootWords is a published root for people who compare it with what they know.
func RootWords(r bundle.Root) []string {
	return []string{
		"In words: " + strings.Join(r.Digest.Words(), " "),
		"SHA-256: " + r.Digest.String(),
		fmt.Sprintf("Expires %s; signed by %d of %d keys", r.Expires.Format(time.DateOnly), r.Quorum.Signed(), len(r.Quorum.Members)),
	}
}
