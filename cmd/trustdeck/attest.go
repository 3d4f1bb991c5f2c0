package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/attest"
	"trustdeck/model/report"
	"trustdeck/model/token"
	"trustdeck/tui/text"
)

func newAttest(a *app) *cobra.Command {
	var repo string
	var roots []string
	cmd := &cobra.Command{
		Use:   "attest FOLDER",
		Short: "Check which root keys are proved to be on YubiKeys",
		Long: `Reads the certificates in a folder and those below it, in PEM or DER form, and checks which
keys they prove to be on YubiKeys. A key needs two: the attestation of the key, which the
token made, and the token's own certificate, from its slot F9. trustdeck finds the pairs
by their signatures, whatever the files are called. It follows each pair to a root of the
maker, and shows what the token states: its serial, firmware and form, and when the key
asks for the PIN and for a touch. Such a key was made on the token, and has no copy. What
a certificate states counts only if it is proved.

With --repo, trustdeck compares public keys, and says which root keys of the repository
are proved to be on a token, and why the others are not.

--roots names a file with the maker's root certificates, and others that lead to them. For
YubiKeys, Yubico publishes them at developers.yubico.com/PKI. trustdeck trusts each one in
it that signs itself: compare their fingerprints, which -o json shows, with the maker's.
With the build tag yubikey, Yubico's are built in.

The exit code is 3 if a root key of the repository, or without --repo a key with an
attestation, is not proved; and 4 if a role of the repository doesn't verify or has
expired.`,
		Example: `  trustdeck attest ceremony/2021-06-18 --roots yubico-ca-certs.txt
  trustdeck attest ceremony/2021-06-18 --repo sigstore --roots yubico-ca-certs.txt
  # the serials of the tokens that hold root keys
  trustdeck attest keys --repo ./tuf --roots yubico-ca-certs.txt -o json |
    jq -r '.repository.keys[].serial // empty'`,
		Args:              arguments("a folder", 1, 1),
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		RunE: func(cmd *cobra.Command, args []string) error {
			audit, unread, err := a.audit(cmd, args[0], roots)
			if err != nil {
				return err
			}
			answer := report.NewAttest(args[0], audit, unread)
			var view admin.Look
			if repo != "" {
				if _, view, err = a.look(cmd.Context(), repo); err != nil {
					return err
				}
				joined := &attest.Joined{}
				if view.Repository != nil {
					joined = audit.Join(view.Repository)
				}
				answer.Join(view, joined)
				err = a.answer(answer, func() error { return a.writeJoined(answer, joined) })
			} else {
				err = a.answer(answer, func() error { return a.writeChains(audit) })
			}
			for _, f := range unread {
				a.warn(f.Error(), "")
			}
			if answer.Unproved() > 0 {
				err = errors.Join(err, errFindings)
			}
			return errors.Join(err, a.refused(view))
		},
	}
	cmd.Flags().StringVar(&repo, "repo", "", "the `REPO` whose root keys are to be compared")
	listVar(cmd.Flags(), &roots, "roots", "trust the root certificates in `FILE`; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("repo", a.completeRepositories)
	_ = cmd.MarkFlagFilename("roots")
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// audit reads a folder and judges what is in it, and lists what could not be read.
func (a *app) audit(cmd *cobra.Command, folder string, roots []string) (*attest.Audit, []*model.Fault, error) {
	s, err := a.looking()
	if err != nil {
		return nil, nil, err
	}
	files := make([]string, len(roots))
	for i, file := range roots {
		files[i] = a.world.Path(file)
	}
	trusted, err := wiring.TokenRoots(files)
	if err != nil {
		return nil, nil, err
	}
	read, err := readCertificates(cmd.Context(), a.world.Path(folder))
	if err != nil {
		return nil, nil, err
	}
	audit, err := attest.NewAudit(read.found, trusted, s.Clock())
	if err != nil {
		return nil, nil, &model.Fault{Kind: model.FaultLocal, Subject: folder, Text: err.Error(), Hint: "Give the folder of one ceremony.", Err: err}
	}
	if len(audit.Chains) > 0 || len(read.unread) > 0 {
		return audit, read.unread, nil
	}
	return nil, nil, &model.Fault{
		Kind: model.FaultNotFound, Subject: folder, Text: "no attestation is in it, nor in the folders below: " + text.Count(len(read.found), "other certificate"),
		Hint: "An attestation is a certificate that the token makes: ykman piv keys attest SLOT FILE",
	}
}

// writeChains writes a row for each chain, and what else there is to know.
func (a *app) writeChains(audit *attest.Audit) error {
	t := table.New(
		table.Column{Title: "SERIAL"}, table.Column{Title: "SLOT"}, table.Column{Title: "ALGORITHM"}, table.Column{Title: "FIRMWARE"},
		table.Column{Title: "PIN"}, table.Column{Title: "TOUCH"}, table.Column{Title: "ON A TOKEN"},
		table.Column{Title: "FORM", Flex: true, Optional: true}, table.Column{Title: "FILE", Flex: true, KeepEnd: true},
	)
	var notes strings.Builder
	var refused refusals
	proved := 0
	for i := range audit.Chains {
		c := &audit.Chains[i]
		s := c.Statement
		t.Row(s.Serial, s.Slot, c.Algorithm, s.Firmware.String(), policy(s.PIN), policy(s.Touch), provedWord(c.Proved()), s.Form, c.Key.Files[0])
		if c.Proved() {
			proved++
		} else {
			refused.add(c.Refusal, c.Key.Files[0])
		}
	}
	if err := t.Write(a.out, a.width); err != nil {
		return err
	}
	refused.write(&notes)
	fmt.Fprintf(&notes, "%s on a token.\n", provedOf(proved, len(audit.Chains), "key"))
	for _, c := range audit.Unused {
		fmt.Fprintf(&notes, "%s belongs to no attestation: %s.\n", text.Clean(c.Files[0]), text.Clean(c.Subject.String()))
	}
	writeAdvice(&notes, audit)
	_, err := io.WriteString(a.out, "\n"+notes.String())
	return err
}

// writeJoined writes a row for each root key, and what follows for the root.
func (a *app) writeJoined(answer report.Attest, j *attest.Joined) error {
	if answer.Repository.Source == nil {
		return nil // that it could not be read is said
	}
	t := table.New(
		table.Column{Title: "ROOT KEY"}, table.Column{Title: "ALGORITHM"}, table.Column{Title: "ON A TOKEN"}, table.Column{Title: "SERIAL"},
		table.Column{Title: "SLOT"}, table.Column{Title: "FIRMWARE"}, table.Column{Title: "PIN"}, table.Column{Title: "TOUCH"},
		table.Column{Title: "FILE", Flex: true, Optional: true, KeepEnd: true},
	)
	var notes strings.Builder
	var refused refusals
	var proved attest.Audit
	for i := range j.Keys {
		k := &j.Keys[i]
		if !k.Proved() {
			t.Row(k.ID.Short(), k.Algorithm, provedWord(false), "", "", "", "", "", "")
			refused.add(k.Refusal, "key "+k.ID.Short())
			continue
		}
		s := k.Chain.Statement
		t.Row(k.ID.Short(), k.Algorithm, provedWord(true), s.Serial, s.Slot, s.Firmware.String(), policy(s.PIN), policy(s.Touch), k.Chain.Key.Files[0])
		proved.Chains = append(proved.Chains, *k.Chain)
		if len(k.Shared) > 0 && !slices.ContainsFunc(k.Shared, func(id model.KeyID) bool { return id < k.ID }) {
			fmt.Fprintf(&notes, "Key %s is on the same token as %s: they are lost together.\n", text.Clean(k.ID.Short()), sharedKeys(k.Shared))
		}
	}
	if err := t.Write(a.out, a.width); err != nil {
		return err
	}
	refused.write(&notes)
	notes.WriteString(conclude(j))
	if n := len(j.Strangers); n > 0 {
		fmt.Fprintf(&notes, "%s in the folder %s for no root key of this version: %s.\n", text.Count(n, "attestation"), isAre(n), strangers(j.Strangers))
	}
	writeAdvice(&notes, &proved)
	_, err := io.WriteString(a.out, "\n"+notes.String())
	return err
}

// conclude says what the proofs mean for a signed root.
func conclude(j *attest.Joined) string {
	proved, rest := j.Proved(), len(j.Keys)-j.Proved()
	out := provedOf(proved, len(j.Keys), "root key") + " on a token. A root needs " + text.Count(j.Threshold, "signature")
	switch {
	case rest == 0:
		return out + ".\n"
	case rest < j.Threshold:
		return fmt.Sprintf("%s, so it can't be signed without one of those on a token.\n", out)
	default:
		return fmt.Sprintf("%s, so the others are enough to sign one.\n", out)
	}
}

func provedOf(proved, all int, what string) string {
	verb := "are"
	if all == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%d of %s %s proved to be", proved, text.Count(all, what), verb)
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// strangers names the certificates of chains.
func strangers(chains []*attest.Chain) string {
	var words []string
	for _, c := range chains {
		words = append(words, c.Key.Files[0])
	}
	return someOf(words)
}

// refusals are why keys are not proved, each reason once.
type refusals struct {
	order []string
	keys  map[string][]string
}

func (r *refusals) add(err error, key string) {
	if r.keys == nil {
		r.keys = map[string][]string{}
	}
	reason := err.Error()
	if r.keys[reason] == nil {
		r.order = append(r.order, reason)
	}
	r.keys[reason] = append(r.keys[reason], key)
}

func (r *refusals) write(out *strings.Builder) {
	for _, reason := range r.order {
		fmt.Fprintf(out, "%s: %s.\n", someOf(r.keys[reason]), text.Clean(reason))
	}
}

// someOf names a few, and how many more there are.
func someOf(words []string) string {
	const most = 3
	if more := len(words) - most; more > 1 {
		words = append(slices.Clone(words[:most]), text.Count(more, "other"))
	}
	return text.Clean(text.List(words))
}

func sharedKeys(ids []model.KeyID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = text.Clean(id.Short())
	}
	return text.List(words)
}

// writeAdvice writes each advisory once, with how many keys it concerns.
func writeAdvice(out *strings.Builder, audit *attest.Audit) {
	var order []token.Advisory
	keys := map[token.Advisory]int{}
	for i := range audit.Chains {
		for _, found := range audit.Chains[i].Advisories() {
			if keys[found]++; keys[found] == 1 {
				order = append(order, found)
			}
		}
	}
	for _, one := range order {
		fmt.Fprintf(out, "%s (%s): %s. %s.\n", one.ID, text.Count(keys[one], "key"), one.Text, one.Remedy)
	}
}

// policy is when a key asks, in a word; nothing where that is unknown.
func policy(p model.UsePolicy) string {
	if p == model.PolicyUnknown {
		return ""
	}
	return p.String()
}

func provedWord(proved bool) string {
	if proved {
		return "proved"
	}
	return "not proved"
}
