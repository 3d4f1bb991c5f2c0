package client

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
)

// MaxTarget is the largest target in bytes that is downloaded.
const MaxTarget = 512 << 20

// Source is where a repository is published. Errors are *model.Fault; what is not there is
// FaultNotFound.
type Source interface {
	// Metadata returns the file with this version in its name, or the one without a version
	// where it is 0.
	Metadata(ctx context.Context, ref port.Ref) ([]byte, error)
	// Target returns the content of a target. hash is a part of its name, unless it is empty.
	Target(ctx context.Context, path, hash string, limit int64) ([]byte, error)
}

// State is what a client keeps from one run to the next: the files that it trusts, byte for
// byte as they came.
type State interface {
	// Load returns the file of a role; nil where none is kept.
	Load(role model.RoleName) ([]byte, error)
	Store(role model.RoleName, raw []byte) error
	// Forget removes the file of a role, if there is one.
	Forget(role model.RoleName) error
}

// Artifacts are downloaded targets.
type Artifacts interface {
	// Load returns the content that was stored for a target; nil where none was, or one of
	// another length.
	Load(path string, length int64) ([]byte, error)
	Store(path string, content []byte) error
}

// Client follows one repository. It is not safe for concurrent use.
type Client struct {
	source  Source
	state   State
	trusted *tuf.Trusted
}

// New begins with the root that the state holds. It makes no request. Everything is judged
// as of one moment.
func New(source Source, state State, at time.Time) (*Client, error) {
	root, err := state.Load(model.RoleRoot)
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, &model.Fault{Kind: model.FaultLocal, Text: "there is no trusted root to start from", Hint: "run init with the root of the repository first"}
	}
	trusted, err := tuf.NewTrusted(root, at)
	if err != nil {
		return nil, fmt.Errorf("the trusted root: %w", err)
	}
	return &Client{source: source, state: state, trusted: trusted}, nil
}

// Refresh brings root, timestamp, snapshot and targets up to date (TUF 5.3 to 5.6.6). What was
// verified before a failure is kept.
func (c *Client) Refresh(ctx context.Context) error {
	for _, step := range []func(context.Context) error{c.roots, c.timestamp, c.snapshot} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return c.targets(ctx, model.RoleRoot, model.RoleTargets)
}

func (c *Client) roots(ctx context.Context) error {
	for range tuf.MaxRootVersions {
		raw, err := c.source.Metadata(ctx, port.Ref{Role: model.RoleRoot, Version: c.trusted.RootVersion() + 1, Limit: tuf.MaxRoot})
		if model.KindOf(err) == model.FaultNotFound {
			break
		}
		if err != nil {
			return err
		}
		rotated, err := c.trusted.UpdateRoot(raw)
		if err != nil {
			return err
		}
		if rotated {
			// Before the root is stored: the next run would not see the rotation any more.
			for _, role := range []model.RoleName{model.RoleTimestamp, model.RoleSnapshot} {
				if err := c.state.Forget(role); err != nil {
					return err
				}
			}
		}
		if err := c.state.Store(model.RoleRoot, raw); err != nil {
			return err
		}
	}
	return c.trusted.RootFinal()
}

func (c *Client) timestamp(ctx context.Context) error {
	kept, err := c.state.Load(model.RoleTimestamp)
	if err != nil {
		return err
	}
	if kept != nil {
		c.trusted.RecallTimestamp(kept)
	}
	raw, err := c.source.Metadata(ctx, port.Ref{Role: model.RoleTimestamp, Limit: tuf.MaxTimestamp})
	if err != nil {
		return err
	}
	changed, err := c.trusted.UpdateTimestamp(raw)
	if err != nil || !changed {
		return err
	}
	return c.state.Store(model.RoleTimestamp, raw)
}

func (c *Client) snapshot(ctx context.Context) error {
	kept, err := c.state.Load(model.RoleSnapshot)
	if err != nil {
		return err
	}
	if kept != nil && c.trusted.RecallSnapshot(kept) {
		return nil
	}
	raw, err := c.listed(ctx, model.RoleSnapshot)
	if err != nil {
		return err
	}
	if err := c.trusted.UpdateSnapshot(raw); err != nil {
		return err
	}
	return c.state.Store(model.RoleSnapshot, raw)
}

// listed asks for a file that another one lists.
func (c *Client) listed(ctx context.Context, role model.RoleName) ([]byte, error) {
	w, err := c.trusted.Want(role)
	if err != nil {
		return nil, err
	}
	return c.source.Metadata(ctx, port.Ref{Role: role, Version: w.Version, Limit: w.Limit})
}

// targets sees to it that the file of a role is trusted over one delegation.
func (c *Client) targets(ctx context.Context, from, role model.RoleName) error {
	if c.trusted.Has(role) {
		return c.trusted.Grants(from, role)
	}
	kept, err := c.state.Load(role)
	if err != nil {
		return err
	}
	if kept != nil && c.trusted.UpdateTargets(role, from, kept) == nil {
		return nil
	}
	raw, err := c.listed(ctx, role)
	if err != nil {
		return err
	}
	if err := c.trusted.UpdateTargets(role, from, raw); err != nil {
		return err
	}
	return c.state.Store(role, raw)
}

// Find searches for a target (TUF 5.6.7), depth first in the order of the delegations, after a
// Refresh, which it makes up for. A target that no role lists is FaultNotFound.
func (c *Client) Find(ctx context.Context, path string) (*model.Target, error) {
	if !c.trusted.Has(model.RoleTargets) {
		if err := c.Refresh(ctx); err != nil {
			return nil, err
		}
	}
	visited := map[model.RoleName]bool{}
	stack := []model.Delegation{{From: model.RoleRoot, Name: model.RoleTargets}}
	for len(stack) > 0 && len(visited) <= tuf.MaxVisited {
		edge := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if visited[edge.Name] {
			continue
		}
		if err := c.targets(ctx, edge.From, edge.Name); err != nil {
			return nil, err
		}
		visited[edge.Name] = true
		if t := c.trusted.Target(edge.Name, path); t != nil {
			return t, nil
		}
		below := c.trusted.Delegations(edge.Name, path)
		for i := range below {
			below[i].From = edge.Name
			if below[i].Terminating {
				stack, below = nil, below[:i+1]
				break
			}
		}
		slices.Reverse(below)
		stack = append(stack, below...)
	}
	return nil, &model.Fault{Kind: model.FaultNotFound, Subject: path, Text: "no role that the search reaches lists this target"}
}

// Download searches for a target, and stores its content unless it is there already.
func (c *Client) Download(ctx context.Context, path string, artifacts Artifacts) error {
	t, err := c.Find(ctx, path)
	if err != nil {
		return err
	}
	bad := func(text string) error { return &model.Fault{Kind: model.FaultBadData, Subject: path, Text: text} }
	switch {
	case t.Length > MaxTarget:
		return bad(fmt.Sprintf("the target has %d bytes; the download limit is %d", t.Length, MaxTarget))
	case t.Hashes.SHA256 == nil && t.Hashes.SHA512 == nil:
		return bad("the metadata states neither a SHA-256 nor a SHA-512 of the target")
	}
	have, err := artifacts.Load(path, t.Length)
	if err != nil {
		return err
	}
	if have != nil && tuf.CheckTarget(t, have) == nil {
		return nil
	}
	content, err := c.source.Target(ctx, path, c.prefix(t), t.Length)
	if err != nil {
		return err
	}
	if err := tuf.CheckTarget(t, content); err != nil {
		return bad(err.Error())
	}
	return artifacts.Store(path, content)
}

// prefix is what the name of a target begins with in a repository with consistent snapshots:
// one of its hashes (TUF 6.2).
func (c *Client) prefix(t *model.Target) string {
	switch {
	case !c.trusted.ConsistentSnapshot():
		return ""
	case t.Hashes.SHA256 != nil:
		return hex.EncodeToString(t.Hashes.SHA256)
	default:
		return hex.EncodeToString(t.Hashes.SHA512)
	}
}
