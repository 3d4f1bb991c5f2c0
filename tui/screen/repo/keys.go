package repo

import (
	"cmp"
	"strings"

	"trustdeck/model"
	"trustdeck/tui/detail"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	keyID = iota
	keyRoles
	keyAlgorithm
	keyHolder
)

// keysTab lists the keys that any role lists.
type keysTab struct{ base }

func newKeys(s *Screen) *keysTab {
	t := &keysTab{base{s: s}}
	t.split.ListTitle = "Keys in use"
	t.detail = t.about
	t.setColumns(
		widget.Column{ID: keyID, Title: "KEY", Width: 9},
		widget.Column{ID: keyRoles, Title: "ROLES", Width: 12, Grow: true},
		widget.Column{ID: keyAlgorithm, Title: "TYPE", Width: 11, Drop: 1},
		widget.Column{ID: keyHolder, Title: "HELD", Width: 10, Drop: 2},
	)
	return t
}

func (t *keysTab) load() {
	keys := t.s.repo().Keys
	t.split.Table.SetRows(widget.RowsOf{
		N:      len(keys),
		KeyOf:  func(i int) string { return keys[i].ID.String() },
		CellOf: func(i, column int) widget.Cell { return widget.Cell{Text: t.word(&keys[i], column)} },
		CompareOf: func(column, i, j int) int {
			return cmp.Or(strings.Compare(t.word(&keys[i], column), t.word(&keys[j], column)),
				strings.Compare(string(keys[i].ID), string(keys[j].ID)))
		},
		MatchOf: func(i int) string { return t.names(&keys[i]) },
	})
}

func (t *keysTab) word(k *model.Key, column int) string {
	switch column {
	case keyID:
		return text.Clean(k.ID.Short())
	case keyRoles:
		return roleNames(t.s.repo(), k.Roles)
	case keyAlgorithm:
		return text.Clean(k.Algorithm)
	default:
		return t.holder(k)
	}
}

func (t *keysTab) holder(k *model.Key) string {
	role := model.RoleName("")
	if len(k.Roles) == 1 {
		role = k.Roles[0]
	}
	return detail.Holder(t.s.env, role, k.ID)
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

func (t *keysTab) about(i int) (string, widget.Text) {
	k := &t.s.repo().Keys[i]
	now := t.s.env.Now()
	doc := t.doc()
	doc.Fact("Type", text.Clean(k.Algorithm))
	for _, r := range k.Roles {
		doc.Fact("Counts in", text.Clean(r.String()))
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
		doc.Marked(t.s.env.Styles.ForSeverity(model.Warning), "This key cannot be used: its type is unknown or it does not parse.")
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
	if t.s.repo() == nil {
		return 0, false
	}
	return len(t.s.repo().Keys), true
}

func (t *keysTab) copies(i int) []screen.CopyItem {
	k := &t.s.repo().Keys[i]
	items := []screen.CopyItem{{Label: "key ID", Text: k.ID.String()}}
	for _, id := range k.ListedAs {
		if id != k.ID {
			items = append(items, screen.CopyItem{Label: "certificate ID", Text: id.String()})
		}
	}
	if k.SPKI != nil {
		items = append(items, screen.CopyItem{Label: "public key fingerprint", Text: k.Fingerprint()})
	}
	return items
}
