package tag

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// verdict says what the client that pulls makes of the tag.
func (f *found) verdict(s *theme.Styles, words dialect.Words) (mark theme.Mark, text string) {
	switch res := &f.resolution; {
	case res.OK:
		return theme.Mark{Glyph: s.Glyphs.OK, Tone: theme.OK}, words.Pull + " accepts it"
	case res.Problem != nil:
		return s.ForSeverity(model.Failure), words.Pull + " refuses it"
	case len(f.contents) == 0:
		return theme.Mark{Glyph: s.Glyphs.None, Tone: theme.Dim}, words.Pull + " doesn't find it"
	default:
		return s.ForSeverity(model.Warning), words.Pull + " doesn't find it"
	}
}

// content is what the tag stands for: what is pulled, else the first content of
// that name.
func (f *found) content() (length int64, hashes model.Hashes, ok bool) {
	if f.resolution.OK {
		return f.resolution.Target.Length, f.resolution.Target.Hashes, true
	}
	if len(f.contents) > 0 {
		return f.contents[0].Length, f.contents[0].Hashes, true
	}
	return 0, model.Hashes{}, false
}

// digest is the digest by which registries know the content, empty where none
// is stated.
func (s *Screen) digest() string {
	if s.found == nil {
		return ""
	}
	_, hashes, _ := s.found.content()
	if hashes.SHA256 == nil {
		return ""
	}
	return "sha256:" + hex.EncodeToString(hashes.SHA256)
}

// facts lays out everything about the tag.
func (s *Screen) facts(doc *widget.Doc) (title string, lines widget.Text) {
	if s.found == nil {
		return s.Title(), doc.Lines()
	}
	mark, words := s.pulled()
	doc.Fact(text.Capital(s.words.Target), s.Title())
	doc.Fact("Repository", text.Clean(s.gun.String()))
	doc.TonedFact(text.Capital(s.words.Found), mark.Glyph+" "+words, mark.Tone)
	if s.words.Images() {
		mark, words = s.inquiry.words(s.env.Styles)
		doc.TonedFact("Registry", mark.Glyph+" "+words, mark.Tone)
	}
	doc.Fact("Why", text.Sentence(text.Clean(s.found.resolution.Reason)))
	if remedy := s.remedy(); remedy != "" {
		doc.TonedFact("Fix", text.Sentence(text.Clean(remedy)), theme.Accent)
	}
	length, hashes, ok := s.found.content()
	if ok {
		doc.Fact("Size", text.Bytes(length)+dialect.Around(" (of the ", s.words.Measured, ")"))
	}
	s.registry(doc)
	if ok {
		doc.Head("DIGEST")
		digests(doc, hashes)
	}
	s.signers(doc)
	s.others(doc)
	s.commands(doc)
	return s.Title(), doc.Lines()
}

func digests(doc *widget.Doc, h model.Hashes) {
	if h.SHA256 != nil {
		doc.Para("sha256:"+hex.EncodeToString(h.SHA256), theme.Plain)
	}
	if h.SHA512 != nil {
		doc.Para("sha512:"+hex.EncodeToString(h.SHA512), theme.Dim)
	}
	if h.SHA256 == nil && h.SHA512 == nil {
		doc.Para("none listed", theme.Warn)
	}
}

// remedy is the way out of what makes the tag fail, empty where nothing does.
func (s *Screen) remedy() string {
	res := &s.found.resolution
	switch {
	case res.OK:
		return ""
	case res.Problem == nil && len(s.found.contents) == 0:
		return "check the name, or sign the " + s.words.Target
	case res.Problem == nil:
		return dialect.Around("sign the "+s.words.Target+" with a key that ", dialect.SharedRole(s.env.DialectOf(s.gun)), " lists")
	}
	for _, f := range s.view.Assessment.Findings {
		if f.Code == string(res.Problem.Code) && f.Role == res.Problem.Role && f.Remedy != "" {
			return f.Remedy
		}
	}
	if res.Problem.Fault != nil {
		return res.Problem.Fault.Hint
	}
	return ""
}

// signers names who stands for the content that is pulled: the role that
// decides, and the others that state the same.
func (s *Screen) signers(doc *widget.Doc) {
	res := &s.found.resolution
	if !res.OK {
		return
	}
	doc.Head("SIGNED BY")
	ok := theme.Mark{Glyph: s.env.Styles.Glyphs.OK, Tone: theme.OK}
	doc.Marked(ok, s.signer(res.Role)+", which decides")
	for _, name := range res.Signers {
		doc.Marked(ok, s.signer(name))
	}
	if len(res.Signers) == 0 {
		doc.Indented("No signer states the same content.", theme.Dim)
	}
}

// signer is a role with the keys whose signatures on it are valid.
func (s *Screen) signer(name model.RoleName) string {
	words := text.Clean(name.String())
	role := s.found.in.Role(name)
	if role == nil {
		return words
	}
	var keys []string
	for _, sig := range role.Signatures {
		if sig.State == model.SignatureValid {
			keys = append(keys, text.Clean(sig.Key.Short()))
		}
	}
	if role.Version > 0 {
		words += fmt.Sprintf(" v%d", role.Version)
	}
	if len(keys) > 0 {
		words += " by key " + text.List(keys)
	}
	return words
}

// others lists what else goes by the same name.
func (s *Screen) others(doc *widget.Doc) {
	_, hashes, _ := s.found.content()
	first := true
	for i := range s.found.contents {
		c := &s.found.contents[i]
		if i == 0 && c.Hashes.Equal(hashes) {
			continue
		}
		if first {
			doc.Head("OTHER CONTENT WITH THIS NAME")
			first = false
		}
		digests(doc, c.Hashes)
		names := make([]string, 0, len(c.Roles)+len(c.Unusable))
		for _, name := range slices.Concat(c.Roles, c.Unusable) {
			names = append(names, text.Clean(name.String()))
		}
		doc.Indented(text.Bytes(c.Length)+", listed by "+text.List(names)+", not "+s.words.Found, theme.Dim)
	}
}

// commands shows how to pull the tag.
func (s *Screen) commands(doc *widget.Doc) {
	if command := s.pullCommand(); command != "" {
		doc.Head("PULL IT, VERIFYING THE " + strings.ToUpper(s.words.Target))
		doc.Para(command, theme.Plain)
	}
}

// pullCommand pulls the tag with content trust; empty where that fails, or
// where a shell or its client would take the names for something else.
func (s *Screen) pullCommand() string {
	if s.found == nil || !s.found.resolution.OK || !plain(s.gun.String()) || !plain(s.name) || strings.ContainsAny(s.name, "/:") {
		return ""
	}
	return s.words.Commands.Pull.With("REPOSITORY", s.gun.String(), "TAG", s.name)
}

// plain reports whether a shell takes s for a plain word.
func plain(s string) bool {
	const harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:"
	return s != "" && s[0] != '-' && strings.Trim(s, harmless) == ""
}
