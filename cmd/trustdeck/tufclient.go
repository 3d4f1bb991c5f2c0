package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/internal/disk"
	"trustdeck/model/tuf"
)

const tufClientLong = `A client of one TUF 1.0 repository, for the conformance suite of The Update Framework
(github.com/theupdateframework/tuf-conformance): its CLIENT-CLI.md specifies the
commands. It verifies with the same code as the rest of trustdeck, and requests files one
by one, as clients do. To look at a repository, use "trustdeck inspect".

--metadata-dir keeps the trusted files, byte for byte as they came, each under the name
of its role. The present time is what "date +%s" prints, because the suite sets it with
faketime, which the clock of a Go program does not follow.

The exit code is 0 if everything succeeded, otherwise 1.`

// tufClient are the flags of the commands of tuf-client.
type tufClient struct {
	*app
	metadataDir, metadataURL string
	targetDir, targetURL     string
	targets                  []string
}

// newTUFClient is hidden: it is for a test suite, and no way to use a repository.
func newTUFClient(a *app) *cobra.Command {
	c := &tufClient{app: a}
	cmd := &cobra.Command{
		Use:    "tuf-client",
		Short:  "Be a TUF client under test",
		Long:   tufClientLong,
		Hidden: true,
		Args:   cobra.ExactArgs(0),
		RunE:   c.exitOne(func(context.Context, []string) error { return errors.New("give a command: init, refresh or download") }),
	}
	f := cmd.PersistentFlags()
	f.StringVar(&c.metadataDir, "metadata-dir", "", "`DIR` of the trusted metadata")
	f.StringVar(&c.metadataURL, "metadata-url", "", "`URL` of the repository's metadata")
	f.StringVar(&c.targetDir, "target-dir", "", "`DIR` of the downloaded targets")
	f.StringVar(&c.targetURL, "target-base-url", "", "`URL` of the repository's targets")
	listVar(f, &c.targets, "target-name", "`PATH` of a target to download; may be repeated")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return err })
	cmd.AddCommand(
		&cobra.Command{Use: "init ROOT", Short: "Trust the root in a file", Args: cobra.ExactArgs(1), RunE: c.exitOne(c.init)},
		&cobra.Command{Use: "refresh", Short: "Update the top-level metadata", Args: cobra.ExactArgs(0), RunE: c.exitOne(func(ctx context.Context, _ []string) error { return c.refresh(ctx, nil) })},
		&cobra.Command{Use: "download", Short: "Update the metadata and download targets", Args: cobra.ExactArgs(0), RunE: c.exitOne(c.download)},
	)
	return cmd
}

// exitOne tells of every error and ends with 1, which the protocol knows alone.
func (c *tufClient) exitOne(do func(context.Context, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := do(cmd.Context(), args); err != nil {
			c.complain(err)
			return errMismatch
		}
		return nil
	}
}

func (c *tufClient) init(_ context.Context, args []string) error {
	if c.metadataDir == "" {
		return errors.New("--metadata-dir is missing")
	}
	root, err := disk.Read(args[0], tuf.MaxRoot)
	if err != nil {
		return err
	}
	return wiring.TrustTUFRoot(c.metadataDir, root)
}

func (c *tufClient) download(ctx context.Context, _ []string) error {
	if len(c.targets) == 0 || c.targetDir == "" || c.targetURL == "" {
		return errors.New("download needs --target-name, --target-dir and --target-base-url")
	}
	return c.refresh(ctx, c.targets)
}

// refresh updates the metadata, and downloads targets in their order until one fails.
func (c *tufClient) refresh(ctx context.Context, targets []string) (err error) {
	if c.metadataDir == "" || c.metadataURL == "" {
		return errors.New("--metadata-dir or --metadata-url is missing")
	}
	at, err := presentOf(ctx)
	if err != nil {
		return err
	}
	opened, err := wiring.OpenTUFClient(wiring.TUFClientConfig{
		StateDir: c.metadataDir, MetadataURL: c.metadataURL, TargetsURL: c.targetURL, ArtifactDir: c.targetDir, Agent: agent(), At: at,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	if err := opened.Refresh(ctx); err != nil {
		return err
	}
	for _, path := range targets {
		if err := opened.Download(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

// presentOf is the time that the program date tells.
func presentOf(ctx context.Context) (time.Time, error) {
	out, err := exec.CommandContext(ctx, "date", "+%s").Output()
	if err != nil {
		return time.Time{}, fmt.Errorf("date does not tell the time: %w", err)
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("date does not tell the time in seconds: %w", err)
	}
	return time.Unix(seconds, 0), nil
}
