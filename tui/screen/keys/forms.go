package keys

import (
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/publickey"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// forms shows the public key as other programs take it. Long lines are broken here; what is copied
// is the form itself.
func (k *key) forms(doc *widget.Doc) {
	forms := publickey.Of(k.spki, k.ID)
	written(doc, "PUBLIC KEY, PEM", forms.PEM)
	written(doc, "PUBLIC KEY, JWK", forms.JWK)
	written(doc, "JWK THUMBPRINT (SHA-256)", forms.Thumbprint)
	for _, c := range k.wholeCertificates() {
		written(doc, "CERTIFICATE, PEM, "+text.Repo(c.gun), publickey.Certificate(c.whole))
	}
}

// written is a section with a text of one or more lines, if there is one.
func written(doc *widget.Doc, title, form string) {
	if form == "" {
		return
	}
	doc.Head(title)
	for line := range strings.Lines(form) {
		doc.Para(text.Clean(strings.TrimSuffix(line, "\n")), theme.Plain)
	}
}

// wholeCertificates are those of which the bytes are known, each once.
func (k *key) wholeCertificates() (out []certificate) {
	for _, c := range k.certificates {
		if c.whole.Raw != nil && !slices.ContainsFunc(out, func(have certificate) bool { return have.id == c.id }) {
			out = append(out, c)
		}
	}
	return out
}

// copies are the public names of the key, and where it is. Names that a file
// chose are copied as they are shown.
func (k *key) copies() []screen.CopyItem {
	items := []screen.CopyItem{{Label: "key ID", Text: k.ID.String()}}
	for _, id := range k.otherIDs() {
		items = append(items, screen.CopyItem{Label: "other key ID", Text: id.String()})
	}
	seen := map[model.KeyID]bool{k.ID: true}
	for _, c := range k.certificates {
		if !seen[c.id] {
			seen[c.id] = true
			items = append(items, screen.CopyItem{Label: "certificate ID, " + text.Repo(c.gun), Text: c.id.String()})
		}
	}
	forms := publickey.Of(k.spki, k.ID)
	items = append(items,
		screen.CopyItem{Label: "public key fingerprint", Text: k.fingerprint},
		screen.CopyItem{Label: "fingerprint in words", Text: strings.Join(forms.Words, " ")},
		screen.CopyItem{Label: "public key, PEM", Text: forms.PEM, Lines: true},
		screen.CopyItem{Label: "public key, JWK", Text: forms.JWK},
		screen.CopyItem{Label: "JWK thumbprint", Text: forms.Thumbprint})
	for _, c := range k.wholeCertificates() {
		items = append(items, screen.CopyItem{Label: "certificate, " + text.Repo(c.gun), Text: publickey.Certificate(c.whole), Lines: true})
	}
	items = append(items,
		screen.CopyItem{Label: "file", Text: text.Clean(k.Path)},
		screen.CopyItem{Label: "label", Text: text.Clean(k.Label)})
	return slices.DeleteFunc(items, func(i screen.CopyItem) bool { return i.Text == "" })
}

// otherIDs are those under which metadata of other formats lists the bare key.
func (k *key) otherIDs() []model.KeyID {
	return slices.DeleteFunc(slices.Clone(k.Also), func(id model.KeyID) bool {
		return id == k.ID || slices.ContainsFunc(k.certificates, func(c certificate) bool { return c.id == id })
	})
}
