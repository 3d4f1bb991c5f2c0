package repo

import (
	"strings"

	"trustdeck/model"
	"trustdeck/tui/detail"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// keysTab lists the keys that any role lists.
type keysTab struct {
	*screen.List[model.Key]
	s *Screen
}

func newKeys(s *Screen) *keysTab {
	t := &keysTab{s: s}
	t.List = screen.NewList(s.env, screen.Listing[model.Key]{
		Title: "Keys in use", Titled: true, Head: s.head,
		Columns: []screen.Column[model.Key]{
			screen.WordColumn(widget.Column{Title: "KEY", Width: 9}, func(k *model.Key) string { return text.Clean(k.ID.Short()) }),
			screen.WordColumn(widget.Column{Title: "ROLES", Width: 12, Grow: true}, func(k *model.Key) string { return roleNames(s.repo(), k.Roles) }),
			screen.WordColumn(widget.Column{Title: "TYPE", Width: 11, Drop: 1}, func(k *model.Key) string { return text.Clean(k.Algorithm) }),
			screen.WordColumn(widget.Column{Title: "HELD", Width: 10, Grow: true, Drop: 2}, t.holder),
		},
		Load: func() []model.Key {
			if s.repo() == nil {
				return nil
			}
			return s.repo().Keys
		},
		Key: func(k *model.Key) string { return k.ID.String() }, Match: t.names,
		Tie: screen.By(func(k *model.Key) model.KeyID { return k.ID }),

		Detail: t.about,
		Actions: []screen.Action[model.Key]{
			screen.OpenAction[model.Key](none, nil),
			historyAction(s, func(k *model.Key) string { return string(k.ID)[:min(8, len(k.ID))] }),
		},
		Copies: copies,
	})
	return t
}

func (t *keysTab) holder(k *model.Key) string {
	role := model.RoleName("")
	if len(k.Roles) == 1 {
		role = k.Roles[0]
	}
	return detail.Holder(t.s.env, t.s.gun, role, *k)
}

// names are all the names by which a key can be found.
func (t *keysTab) names(k *model.Key) string {
	words := []string{string(k.ID), k.ID.Short(), k.Fingerprint(), k.Algorithm, roleNames(t.s.repo(), k.Roles)}
	for _, id := range k.ListedAs {
		words = append(words, string(id), id.Short())
	}
	for _, c := range k.Certificates {
		words = append(words, c.Subject)
	}
	return strings.Join(words, " ")
}

func roleNames(repo *model.Repository, roles []model.RoleName) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = text.Clean(repo.Short(r))
	}
	return strings.Join(words, ", ")
}

func (t *keysTab) about(doc *widget.Doc, k *model.Key) (title string, lines widget.Text) {
	now := t.s.env.Now()
	doc.Fact("Type", text.Clean(k.Algorithm))
	for _, r := range k.Roles {
		doc.Fact("Used in", text.Clean(r.String()))
	}
	if holder := t.holder(k); holder != "" {
		doc.Fact("Held", holder)
	}
	if local, ok := t.s.env.Board.Holds(k.ID); ok {
		doc.Fact("File", text.Clean(local.Path))
	}
	doc.Head("KEY ID")
	doc.Verbatim(doc.Digits(text.KeyID(k.ID, 8))...)
	if k.SPKI != nil {
		doc.Head("FINGERPRINT (SHA-256 of the public key)")
		doc.Verbatim(doc.Digits(text.Groups(k.Fingerprint(), 8))...)
	} else {
		doc.Space()
		doc.Marked(t.s.env.Styles.ForSeverity(model.Warning), "This key is unusable: its type is unknown, or it doesn't parse.")
	}
	for n, c := range k.Certificates {
		doc.Head("CERTIFICATE")
		doc.Fact("Subject", text.Clean(c.Subject))
		doc.Fact("Issuer", text.Clean(c.Issuer))
		doc.Fact("From", text.UTC(c.NotBefore))
		tone := theme.Plain
		if c.NotAfter.Before(now.Add(t.s.env.Soon)) {
			tone = theme.Warn
		}
		doc.TonedFact("Until", doc.Row(text.UTC(c.NotAfter), text.Expiry(c.NotAfter, now)), tone)
		if n < len(k.ListedAs) {
			doc.Para("listed as", theme.Dim)
			doc.Verbatim(doc.Digits(text.KeyID(k.ListedAs[n], 8))...)
		}
	}
	return text.Clean(k.ID.Short()), doc.Lines()
}

func (t *keysTab) count() (int, bool) {
	return len(t.All()), t.s.repo() != nil
}

func copies(k *model.Key) []screen.CopyItem {
	items := []screen.CopyItem{{Label: "key ID", Text: k.ID.String()}}
	for _, id := range k.ListedAs {
		if id != k.ID {
			items = append(items, screen.CopyItem{Label: k.Called(id), Text: id.String()})
		}
	}
	if k.SPKI != nil {
		items = append(items, screen.CopyItem{Label: "public key fingerprint", Text: k.Fingerprint()})
	}
	return items
}
