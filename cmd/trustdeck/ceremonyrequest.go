package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/publickey"
	"trustdeck/model/report"
	"trustdeck/model/tuf"
)

func newCeremonyRequest(a *app) *cobra.Command {
	var w ceremony.Requesting
	var role, key string
	var tufName bool
	cmd := &cobra.Command{
		Use:   "request REPO FILE",
		Short: "Ask for a place among the keys of a repository",
		Long: `Has a key of this machine sign a request for it, and writes that into the new file FILE: the
public half, and where a token can prove that the key was made on it, that proof. The key
must be there already; make one with trustdeck key generate or trustdeck token generate.
Hand FILE to the person who prepares the ceremony, and read the words of the key aloud.

It needs no network. REPO must be named as the person who prepares the ceremony names it;
--tuf takes it for the name of a TUF 1.0 repository, where no settings say so.`,
		Example: `  trustdeck ceremony request --name Ada registry.example.org/acme/app ada.request
  trustdeck ceremony request --name Ada --tuf acme ada.request`,
		Args: arguments("a repository and a new file", 2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.session()
			if err != nil {
				return err
			}
			w.To = a.world.Path(args[1])
			if tufName {
				w.Repository, w.Dialect = model.GUN(args[0]), tuf.Dialect{}.Name()
			} else {
				guns, err := a.repositories(cmd.Context(), s, args[:1])
				if err != nil {
					return err
				}
				w.Repository, w.Dialect = guns[0], s.DialectOf(guns[0]).Name()
			}
			w.Role = model.RoleName(role)
			if w.Name == "" {
				return usageError("a request needs a name", "Give --name.")
			}
			service := s.Ceremonies(a.now)
			if w.Key, err = a.requestedKey(cmd.Context(), service, &w, key); err != nil {
				return err
			}
			return a.request(cmd.Context(), service, w)
		},
	}
	f := cmd.Flags()
	f.StringVar(&w.Name, "name", "", "`NAME` of the person who has the key")
	f.StringVar(&role, "role", string(model.RoleRoot), "the `ROLE` that the key is for")
	f.StringVar(&key, "key", "", "the `ID` of the key, or its first digits")
	f.BoolVar(&w.Rehearsal, "rehearsal", false, "for a rehearsal: the key is to be thrown away")
	f.BoolVar(&tufName, "tuf", false, "REPO is the name of a TUF 1.0 repository")
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// requestedKey chooses a key of this machine that no other repository has: those that are labelled
// with the role before others.
func (a *app) requestedKey(ctx context.Context, service *ceremony.Service, w *ceremony.Requesting, typed string) (model.PrivateKey, error) {
	keys, err := service.Keys.Keys(ctx)
	keys = slices.DeleteFunc(keys, func(k model.PrivateKey) bool {
		return !k.Usable() || k.Second || k.ID == "" || !strings.HasPrefix(string(k.ID), strings.ToLower(typed)) || k.GUN != "" && k.GUN != w.Repository
	})
	other := func(k model.PrivateKey) bool { return k.Label != string(w.Role) }
	if labelled := slices.DeleteFunc(slices.Clone(keys), other); len(labelled) > 0 {
		keys = labelled
	}
	switch {
	case len(keys) == 0 && err != nil:
		return model.PrivateKey{}, err
	case len(keys) == 0:
		return model.PrivateKey{}, usageError("there is no such key on this machine", "Make one: trustdeck key generate NAME, or trustdeck token generate.")
	case len(keys) == 1:
		return keys[0], nil
	case !a.interactive:
		return model.PrivateKey{}, usageError("several keys are on this machine", "Choose one with --key: trustdeck keys lists them.")
	}
	var options []string
	for _, k := range keys {
		options = append(options, strings.TrimSpace(k.Label+" key "+k.ID.Short())+" in "+k.Path)
	}
	i, ok, err := a.lines().Choose(ctx, options)
	if err != nil || !ok {
		return model.PrivateKey{}, &model.Fault{Kind: model.FaultCanceled, Text: "nothing was written: you chose no key", Err: err}
	}
	return keys[i], nil
}

// request makes a request, and says what to read aloud.
func (a *app) request(ctx context.Context, service *ceremony.Service, w ceremony.Requesting) error {
	secrets := a.secrets(false)
	defer secrets.Wipe()
	made, err := service.Request(ctx, w, ceremony.Run{Secrets: secrets, Watch: a.lines().Watch(func([]admin.Step) {})})
	if err != nil {
		return err
	}
	return a.answer(report.NewCeremonyRequest(w.To, made), func() error {
		a.tell("The request of " + w.Name + " is in " + w.To + ". Read aloud the words of the key:")
		for words := range slices.Chunk(publickey.Of(made.Key.SPKI, made.Key.ID).Words, wordsPerLine) {
			a.tell("  " + strings.Join(words, " "))
		}
		if made.Attested {
			a.tell("The token has proved that the key was made on it.")
		}
		return nil
	})
}
