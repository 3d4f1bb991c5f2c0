package wiring

import (
	"context"
	"errors"
	"time"

	"trustdeck/model"
	"trustdeck/model/tuf/client"
	"trustdeck/remote/directory"
)

// TUFClientConfig says what a client of a TUF 1.0 repository reads and keeps.
type TUFClientConfig struct {
	// StateDir is the folder of the files that it trusts.
	StateDir string
	// MetadataURL is the address of the repository, and TargetsURL that of its targets; empty
	// where none are downloaded.
	MetadataURL, TargetsURL string
	// ArtifactDir is the folder of the targets; empty where none are downloaded.
	ArtifactDir string
	// Agent is what servers are told of who asks.
	Agent string
	// At is the moment for which expiry is judged.
	At time.Time
}

// TUFClient is a client with its folders and connections.
type TUFClient struct {
	*client.Client
	artifacts directory.Artifacts
	closers   []func() error
}

// OpenTUFClient begins with the root that was kept by TrustTUFRoot. It makes no request.
func OpenTUFClient(cfg TUFClientConfig) (_ *TUFClient, err error) {
	c := &TUFClient{}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	state, err := directory.OpenState(cfg.StateDir)
	if err != nil {
		return nil, err
	}
	c.closers = append(c.closers, state.Close)
	if cfg.ArtifactDir != "" {
		if c.artifacts, err = directory.OpenArtifacts(cfg.ArtifactDir); err != nil {
			return nil, err
		}
		c.closers = append(c.closers, c.artifacts.Close)
	}
	mirror, err := directory.NewMirror(
		directory.SiteConfig{URL: cfg.MetadataURL, UserAgent: cfg.Agent},
		directory.SiteConfig{URL: cfg.TargetsURL, UserAgent: cfg.Agent},
	)
	if err != nil {
		return nil, err
	}
	c.closers = append(c.closers, func() error { mirror.Close(); return nil })
	c.Client, err = client.New(mirror, state, cfg.At)
	return c, err
}

// Download searches for a target and keeps it in the folder of the targets.
func (c *TUFClient) Download(ctx context.Context, path string) error {
	return c.Client.Download(ctx, path, c.artifacts)
}

// Close lets go of folders and connections.
func (c *TUFClient) Close() error {
	var err error
	for _, close := range c.closers {
		err = errors.Join(err, close())
	}
	return err
}

// TrustTUFRoot keeps the root with which a client is to begin.
func TrustTUFRoot(stateDir string, root []byte) error {
	state, err := directory.OpenState(stateDir)
	if err != nil {
		return err
	}
	return errors.Join(state.Store(model.RoleRoot, root), state.Close())
}
