package flows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// Leaver is how a key under a name is written in an answer: NAME@KEY, because two
// people may have one name in two repositories. A key without a name is its ID alone.
func Leaver(name string, key model.KeyID) string {
	if name == "" {
		return string(key)
	}
	return name + "@" + string(key)
}

func leaver(s *admin.KnownSigner) string { return Leaver(s.Name, s.Key) }

// audited are the signers of the repositories, those to look at first coming first.
func audited(f flow.Facts, names []string) []admin.KnownSigner {
	var views []admin.Look
	for _, name := range names {
		if r := f.Repositories[name]; r != nil {
			views = append(views, admin.Look{GUN: r.GUN, Repository: r})
		}
	}
	return admin.Signers(views, nil)
}

// leaverOptions list everybody who may sign tags, those to look at first coming first. Who
// has several keys stands for all of them, and each of them comes after.
func leaverOptions(f flow.Facts, a flow.Answers) []flow.Option {
	people := admin.People(audited(f, a.Values[repositories]))
	var out []flow.Option
	for i := range people {
		p := &people[i]
		if len(p.Signers) == 1 {
			s := &p.Signers[0]
			out = append(out, flow.Option{Value: leaver(s), Label: entry(s), Help: audit(s) + sharing(p)})
			continue
		}
		whole := flow.Option{Value: p.Name, Label: person(p), Help: presence(p)}
		for j := range p.Signers {
			s := &p.Signers[j]
			whole.Marks = append(whole.Marks, leaver(s))
		}
		out = append(out, whole)
		for j := range p.Signers {
			s := &p.Signers[j]
			out = append(out, flow.Option{Value: leaver(s), Label: entry(s), Help: audit(s), Part: true})
		}
	}
	return out
}

// person names somebody with several keys.
func person(p *admin.Person) string {
	out := p.Name
	if len(p.OtherNames) > 0 {
		out += ", also " + strings.Join(p.OtherNames, ", ")
	}
	out += ", " + model.Count(len(p.Keys()), "key")
	if guns := p.GUNs(); len(guns) == 1 {
		return out + ", in " + text.Repo(guns[0])
	}
	return out + ", in " + strconv.Itoa(len(p.GUNs())) + " repositories"
}

// maxPresence is how many repositories of somebody are named.
const maxPresence = 4

// presence says where somebody may sign, and what they have signed last.
func presence(p *admin.Person) string {
	var where []string
	for i, gun := range p.GUNs() {
		if i == maxPresence {
			where = append(where, strconv.Itoa(len(p.GUNs())-i)+" more")
			break
		}
		where = append(where, string(gun))
	}
	out := "In " + strings.Join(where, ", ") + "."
	if last, gun, ok := p.LastSigned(); ok {
		out += fmt.Sprintf(" Last signed: %s %d of %s", last.Role, last.Version, gun)
		if !last.At.IsZero() {
			out += " on " + last.At.Format("2006-01-02")
		}
		return out + "." + sharing(p)
	}
	return out + " No signature in use." + sharing(p)
}

// sharing names others under whose names keys of somebody sign: those are choices of their
// own.
func sharing(p *admin.Person) string {
	var names []string
	for i := range p.Signers {
		for _, name := range p.Signers[i].OtherNames {
			if name != p.Name && !slices.Contains(p.OtherNames, name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " Also signs as " + strings.Join(names, ", ") + ", which is another choice."
}

// SelectedLeavers is an answer that no question of OffBoard asks for: those who were
// selected where it began, and who are marked first.
const SelectedLeavers = "selected-who"

// selectedLeavers are those who were selected, as far as they are among the choices.
func selectedLeavers(f flow.Facts, a flow.Answers) []string {
	all := audited(f, a.Values[repositories])
	var out []string
	for _, words := range a.Values[SelectedLeavers] {
		if meant, err := resolveLeaver(all, words); err == nil {
			out = appendLeavers(out, meant)
		}
	}
	return out
}

// appendLeavers adds those that an answer does not have yet.
func appendLeavers(out []string, meant []admin.KnownSigner) []string {
	for i := range meant {
		if value := leaver(&meant[i]); !slices.Contains(out, value) {
			out = append(out, value)
		}
	}
	return out
}

// resolveLeavers finds the keys that an answer names: by the name of a person, which is
// all of their keys under all of their names; by the ID of a key or its first digits; or by NAME@KEY with
// either. What could be several keys, or a name and a key, is refused.
func resolveLeavers(f flow.Facts, a flow.Answers) ([]string, error) {
	all := audited(f, a.Values[repositories])
	var out []string
	for _, words := range a.Values[leavers] {
		meant, err := resolveLeaver(all, leaverAsListed(f, all, words))
		if err != nil {
			return nil, err
		}
		out = appendLeavers(out, meant)
	}
	return out, nil
}

// leaverAsListed is asListed for what names a leaver: the name of a person stays.
func leaverAsListed(f flow.Facts, all []admin.KnownSigner, words string) string {
	var listed []model.KeyID
	for i := range all {
		if words == all[i].Name || slices.Contains(all[i].OtherNames, words) {
			return words
		}
		listed = append(listed, all[i].Key)
	}
	at := strings.LastIndexByte(words, '@')
	return words[:at+1] + asListed(f, listed, words[at+1:])
}

func resolveLeaver(all []admin.KnownSigner, words string) ([]admin.KnownSigner, error) {
	name, digits := "", words
	at := strings.LastIndexByte(words, '@')
	if at >= 0 {
		name, digits = words[:at], words[at+1:]
	}
	digits = strings.ToLower(digits)
	var named, keyed []admin.KnownSigner
	keys := map[model.KeyID]bool{}
	for _, p := range admin.People(all) {
		if words != "" && (p.Name == words || slices.Contains(p.OtherNames, words)) {
			named = p.Signers
		}
	}
	for _, s := range all {
		if digits != "" && strings.HasPrefix(string(s.Key), digits) && (at < 0 || s.Name == name) {
			keyed = append(keyed, s)
			keys[s.Key] = true
		}
	}
	switch {
	case len(named) == 0 && len(keyed) == 0:
		return nil, &model.Fault{
			Kind: model.FaultUsage, Text: fmt.Sprintf("%q is neither a signer nor a key that may sign there", words),
			Hint: "Give a name, a key ID or its first digits, or NAME@KEY. List them with: trustdeck signers",
		}
	case len(keys) > 1 || len(named) > 0 && len(keyed) > 0:
		return nil, ambiguous(words, append(named, keyed...))
	case len(named) > 0:
		return named, nil
	default:
		return keyed, nil
	}
}

// maxCandidates is how many keys a refusal lists.
const maxCandidates = 8

// ambiguous lists what an answer could mean.
func ambiguous(words string, candidates []admin.KnownSigner) error {
	var list []string
	for i := range candidates {
		list = append(list, leaver(&candidates[i]))
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if more := len(list) - maxCandidates; more > 0 {
		list = append(list[:maxCandidates], fmt.Sprintf("%d more", more))
	}
	return &model.Fault{
		Kind: model.FaultUsage, Text: fmt.Sprintf("%q is ambiguous: %s", words, strings.Join(list, ", ")),
		Hint: "Give more digits, or one of these in full.",
	}
}

// label names a key for people.
func label(s *admin.KnownSigner) string {
	if s.Name == "" {
		return "key " + s.Key.Short()
	}
	return s.Name + ", key " + s.Key.Short()
}

// entry is somebody with the repository, by its short name, where there is one:
// many may have one name.
func entry(s *admin.KnownSigner) string {
	if len(s.Places) != 1 {
		return fmt.Sprintf("%s, in %d places", label(s), len(s.Places))
	}
	return label(s) + ", in " + text.Repo(s.Places[0].GUN)
}

// audit says where somebody may sign, and what they have signed last there.
func audit(s *admin.KnownSigner) string {
	var out []string
	for _, p := range s.Places {
		words := string(p.GUN) + ": " + p.Standing.String()
		var last admin.SignedFile
		for _, file := range p.Signed {
			if last.Role == "" || file.At.After(last.At) {
				last = file
			}
		}
		switch {
		case last.Role == "":
			words += ", has no signature in use"
		case last.At.IsZero():
			words += fmt.Sprintf(", signed %s %d", last.Role, last.Version)
		default:
			words += fmt.Sprintf(", signed %s %d on %s", last.Role, last.Version, last.At.Format("2006-01-02"))
		}
		out = append(out, words)
	}
	return strings.Join(out, "; ") + "."
}
