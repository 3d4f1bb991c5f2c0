package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/model/report"
	"trustdeck/model/tuf"
	"trustdeck/model/wordcode"
	"trustdeck/tui/text"
)

// keyForms are what --form takes, each with what it comes to.
var keyForms = []struct {
	name  string
	write func(report.PublicKey) string
}{
	{"pem", func(k report.PublicKey) string { return k.PEM }},
	{"jwk", func(k report.PublicKey) string { return line(k.JWK) }},
	{"certificate", func(k report.PublicKey) string {
		var out strings.Builder
		for _, c := range k.Certificates {
			out.WriteString(c.PEM)
		}
		return out.String()
	}},
	{"fingerprint", func(k report.PublicKey) string { return line(k.Fingerprint) }},
	{"words", func(k report.PublicKey) string { return line(strings.Join(k.Words, " ")) }},
	{"id", func(k report.PublicKey) string { return line(k.ID) }},
}

// keyFormats are the metadata formats whose key IDs are shown.
var keyFormats = []dialect.Dialect{docker.Dialect{}, tuf.Dialect{}}

// formatName names a metadata format for people.
func formatName(format string) string {
	if format == string(model.TUF1) {
		return "TUF 1.0"
	}
	return "Notary v1"
}

// line ends a line, where there is one.
func line(s string) string {
	if s == "" {
		return ""
	}
	return s + "\n"
}

func newKeyShow(a *app) *cobra.Command {
	var names []string
	for _, f := range keyForms {
		names = append(names, f.name)
	}
	var form string
	cmd := &cobra.Command{
		Use:   "show KEY",
		Short: "Show a public key in every form",
		Long: `Shows the public half of a key: of a private key on this machine, or of any key that a
known repository lists. KEY is a key ID, the ID of a certificate, or its first digits.

  Key ID       of metadata, per format: notary and docker; TUF 1.0
  Fingerprint  SHA-256 of the public key, as openssl and certificate tools compute it;
               in hexadecimal, and in 24 words to read aloud (BIP-39)
  PEM, JWK     for openssl and for JOSE libraries
  Certificate  those under which known repositories list the key

With --form, prints only that form, for another program. The file of an encrypted private
key doesn't show its public half: if no known repository lists the key, trustdeck asks for
its passphrase.`,
		Example: `  trustdeck key show 8dd36646
  trustdeck key show --form pem 8dd36646 > alice.pub
  trustdeck key show --form words 8dd36646`,
		Args: arguments("one key ID", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at := slices.Index(names, form)
			switch {
			case form != "" && at < 0:
				return usageError(fmt.Sprintf("%q is not a form of a public key", form), "Choose one of "+strings.Join(names, ", ")+".")
			case form != "" && a.output == "json":
				return usageError("--form and -o json can't both be given", "Leave one of them out.")
			}
			answer, err := a.publicKey(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if form != "" {
				out := keyForms[at].write(answer)
				if out == "" {
					return &model.Fault{Kind: model.FaultNotFound, Subject: "key " + model.KeyID(answer.ID).Short(), Text: "has no " + form + " form", Hint: "Run trustdeck key show without --form to see which it has."}
				}
				_, err := io.WriteString(a.out, out)
				return err
			}
			return a.answer(answer, func() error { return a.writePublicKey(answer) })
		},
	}
	cmd.Flags().StringVar(&form, "form", "", "print only this `FORM`: "+strings.Join(names, ", "))
	_ = cmd.RegisterFlagCompletionFunc("form", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	a.addOutput(cmd)
	return cmd
}

// publicKey finds a key by what was typed.
func (a *app) publicKey(ctx context.Context, typed string) (report.PublicKey, error) {
	var none report.PublicKey
	s, err := a.looking()
	if err != nil {
		return none, err
	}
	views, err := a.views(ctx, s, nil)
	if ctx.Err() != nil {
		return none, err
	}
	local, localErr := s.Service.Keys(ctx, views)
	listed := admin.PublicKeys(views)
	var known []model.KeyID
	for i := range local {
		if local[i].ID != "" {
			known = append(known, local[i].IDs()...)
		}
	}
	for i := range listed {
		known = append(known, listed[i].IDs...)
		for _, c := range listed[i].Certified {
			known = append(known, c.ID)
		}
	}
	ids, err := model.MatchKeys(known, []string{typed}, "here or in a known repository")
	if err != nil {
		if unread := unread(views); len(unread) > 0 {
			a.warn(text.Count(len(unread), "repository")+" could not be read, so their keys are not known", "See trustdeck repos.")
		}
		return none, errors.Join(err, localErr)
	}
	key, private, err := a.find(ctx, s, ids[0], listed, local)
	return report.NewPublicKey(key, private, keyFormats...), err
}

// find is the key with an ID, and the private key on this machine where it is here.
func (a *app) find(ctx context.Context, s *session, id model.KeyID, listed []admin.PublicKey, local []admin.KeyUse) (admin.PublicKey, *admin.KeyUse, error) {
	key := admin.PublicKey{}
	if n := slices.IndexFunc(listed, func(k admin.PublicKey) bool { return k.Called(id) }); n >= 0 {
		key = listed[n]
	}
	n := slices.IndexFunc(local, func(k admin.KeyUse) bool { return k.Is(id) || k.IsAny(key.IDs) })
	var private *admin.KeyUse
	if n >= 0 {
		private = &local[n]
	}
	switch {
	case key.SPKI != nil:
		return key, private, nil
	case private == nil:
		return key, nil, &model.Fault{Kind: model.FaultNotFound, Subject: "key " + id.Short(), Text: "cannot be decoded, so it has no other form", Hint: "See trustdeck inspect for what lists it."}
	case !private.Usable():
		return key, private, private.Fault
	}
	public, err := s.KeyFiles().Public(ctx, private.PrivateKey, a.secrets(false))
	key.Key, key.IDs, key.Uses = public, []model.KeyID{public.ID}, private.Uses
	return key, private, err
}

// writePublicKey writes facts about the key, and then its forms.
func (a *app) writePublicKey(k report.PublicKey) error {
	var facts table.Fields
	if k.Private != nil {
		facts.Put("Private key", k.Private.Label+" in "+k.Private.Path)
	} else {
		facts.Put("Private key", "not on this machine")
	}
	facts.Put("Type", k.Algorithm)
	for _, id := range k.KeyIDs {
		facts.Put("Key ID, "+formatName(id.Format), id.ID)
	}
	for _, c := range k.Certificates {
		facts.Put("Certificate ID", c.ID+", "+c.Subject)
	}
	facts.Put("Fingerprint", k.Fingerprint)
	label := "In words"
	for _, line := range wordcode.Lines(k.Words) {
		facts.Put(label, line)
		label = ""
	}
	facts.Put("JWK thumbprint", k.Thumbprint)
	facts.Put("Counts in", usesOf(k.Uses))
	if err := facts.Write(a.out); err != nil {
		return err
	}
	for _, form := range keyForms[:3] {
		if out := form.write(k); out != "" {
			if _, err := fmt.Fprintf(a.out, "\n%s", out); err != nil {
				return err
			}
		}
	}
	return nil
}
