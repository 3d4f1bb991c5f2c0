package notaryserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// Bounds on what is read of a changefeed.
const (
	wholeFeed   = "/v2/_trust/changefeed"
	feedPage    = 500
	maxFeedBody = 4 << 20
	maxRecords  = 200_000
)

// A record is an entry of the changefeed (notary-v1, section 5).
type record struct {
	ID        string    `json:"ID"`
	CreatedAt time.Time `json:"CreatedAt"`
	GUN       string    `json:"GUN"`
	Version   int64     `json:"Version"`
	SHA256    string    `json:"SHA256"`
	Category  string    `json:"Category"`
}

// Repositories lists what the server's changefeed knows and has not deleted.
// With authentication on this takes an administrator's rights.
func (c *Client) Repositories(ctx context.Context) ([]port.Listed, error) {
	last := map[model.GUN]record{}
	err := c.feed(ctx, page{path: wholeFeed, after: "0"}, func(r record, gun model.GUN) { last[gun] = r })
	out := make([]port.Listed, 0, len(last))
	for gun, r := range last {
		if r.Category != "deletion" {
			out = append(out, port.Listed{GUN: gun, Changed: r.CreatedAt.UTC()})
		}
	}
	slices.SortFunc(out, func(a, b port.Listed) int { return strings.Compare(string(a.GUN), string(b.GUN)) })
	return out, err
}

// Changes lists the publishes of one repository.
func (c *Client) Changes(ctx context.Context, gun model.GUN) ([]port.Change, error) {
	var out []port.Change
	err := c.feed(ctx, page{gun: gun, path: "/v2/" + string(gun) + "/_trust/changefeed", after: "0"}, func(r record, name model.GUN) {
		if name == gun {
			out = append(out, r.change(gun))
		}
	})
	return out, err
}

// change is the record of a repository for the rest of the program.
func (r record) change(gun model.GUN) port.Change {
	return port.Change{
		ID: r.ID, GUN: gun, Time: r.CreatedAt.UTC(), Version: r.Version, SHA256: r.SHA256, Deleted: r.Category == "deletion",
	}
}

// A page is where reading a changefeed begins: after the record with an ID. The feed of the
// whole server has no gun.
type page struct {
	gun   model.GUN
	path  string
	after string
}

// feed pages through a changefeed, oldest first.
func (c *Client) feed(ctx context.Context, from page, each func(record, model.GUN)) error {
	seen := 0
	for {
		records, err := c.page(ctx, from, feedPage)
		if err != nil {
			return err
		}
		for _, r := range records {
			if name, ok := c.named(from.path, r); ok {
				each(r, name)
			}
		}
		seen += len(records)
		if len(records) < feedPage {
			return nil
		}
		next := records[len(records)-1].ID
		if !later(next, from.after) {
			return &model.Fault{Kind: model.FaultBadData, Subject: c.base.Host + from.path, Text: "the list of changes repeats itself", Hint: "name the repositories instead"}
		}
		if from.after = next; seen >= maxRecords {
			c.http.Log(model.Warning, fmt.Sprintf("%s: only the first %d changes were read", from.path, seen), 0)
			return nil
		}
	}
}

// page reads at most some records after one.
func (c *Client) page(ctx context.Context, from page, most int) ([]record, error) {
	query := url.Values{"records": {strconv.Itoa(most)}, "change_id": {from.after}}
	got, err := c.ask(ctx, request{
		method: http.MethodGet, gun: from.gun, path: from.path, query: query.Encode(), actions: actionPull, limit: maxFeedBody,
		uncached: true,
	})
	if err != nil {
		return nil, err
	}
	records, err := parseFeed(got.body)
	if err != nil {
		return nil, &model.Fault{
			Kind: model.FaultBadData, Subject: c.base.Host + from.path, Text: err.Error(), Err: err,
			Hint: "the server's list of changes cannot be used; list the repositories in the settings instead",
		}
	}
	return records, nil
}

// named is the repository of a record; ok is false where that is no name.
func (c *Client) named(path string, r record) (gun model.GUN, ok bool) {
	gun, err := model.ParseGUN(r.GUN)
	if err != nil {
		c.http.Log(model.Warning, fmt.Sprintf("%s: a record was skipped, because its repository name is %s", path, display.Strip(strconv.Quote(r.GUN), 80)), 0)
	}
	return gun, err == nil
}

// later compares record IDs, which are decimal numbers in strings.
func later(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && errY == nil && x > y
}

func parseFeed(raw []byte) ([]record, error) {
	var page struct {
		Records []record `json:"records"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return nil, errors.New("the answer is not a list of changes")
	}
	if len(page.Records) > feedPage {
		return nil, fmt.Errorf("the answer has %d records; only %d were requested", len(page.Records), feedPage)
	}
	return page.Records, nil
}
