package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/domain"
)

// record writes lines of history in the transaction of the change they tell of, and gives each its id. What a person
// did alone is told in every account they have a place in, so that its Admins can read it. A guest's place is none: what they
// do at home is not the host's to know.
func record(ctx context.Context, t *tx, events ...domain.Event) error {
	var rows, sites [][]any
	for _, e := range events {
		accounts := []string{e.AccountID}
		if e.Personal() {
			of, err := all(ctx, t, text, "select distinct m.account_id from memberships m where m.user_id = $1 and m.kind <> 'guest' and "+active(2), e.ActorID, micros(e.At))
			if err != nil {
				return fmt.Errorf("read a person's accounts: %w", err)
			}
			if len(of) > 0 {
				accounts = of
			}
		}
		before, err := writeValues(e.Before)
		if err != nil {
			return err
		}
		after, err := writeValues(e.After)
		if err != nil {
			return err
		}
		for _, account := range accounts {
			id := newID()
			rows = append(rows, []any{
				id, account, micros(e.At), string(e.Kind), e.ActorID, e.ActorName, e.OnBehalf, e.From, e.SubjectID, e.SubjectName, before, after,
				int64(0), "", "", "", "", string(e.Kind.Topic()), e.Searchable(),
			})
			for _, site := range e.SiteIDs() {
				sites = append(sites, []any{id, account, site, micros(e.At)})
			}
		}
	}
	if err := insertAll(ctx, t, "events ("+eventColumns+", topic, search_text)", rows); err != nil {
		return fmt.Errorf("record events: %w", err)
	}
	return wrap(insertAll(ctx, t, "event_sites (event_id, account_id, site_id, at)", sites), "record the sites of events")
}

const eventColumns = "id, account_id, at, kind, actor_id, actor_name, on_behalf, from_addr, subject_id, subject_name, before_json, after_json, seq, prev_hash, hash, part_keys, part_digests"

func scanEvent(row scanner) (domain.Event, error) {
	e, before, after, err := scanEventText(row)
	if err != nil {
		return e, err
	}
	if e.Before, err = readValues(before); err != nil {
		return e, err
	}
	e.After, err = readValues(after)
	return e, err
}

// scanEventText leaves the values before and after as they are stored.
func scanEventText(row scanner) (e domain.Event, before, after string, err error) {
	var at int64
	var keys, digests string
	err = row.Scan(&e.ID, &e.AccountID, &at, &e.Kind, &e.ActorID, &e.ActorName, &e.OnBehalf, &e.From, &e.SubjectID, &e.SubjectName, &before, &after,
		&e.Sealed.Number, &e.Sealed.Prev, &e.Sealed.Hash, &keys, &digests)
	e.At, e.Keys, e.Digests = fromMicros(at), ofParts(keys), ofParts(digests)
	return e, before, after, err
}

// ofParts and partsText keep one word for each part of an event, "-" for one that is gone.
func ofParts(kept string) (out [domain.Parts]string) {
	for i, word := range strings.Fields(kept) {
		if i < len(out) && word != "-" {
			out[i] = word
		}
	}
	return out
}

func partsText(words [domain.Parts]string) string {
	for i, word := range words {
		words[i] = cmp.Or(word, "-")
	}
	return strings.Join(words[:], " ")
}

// EventsOf lists up to n events of one subject (a membership, or the account itself) in the actor's account,
// newest first, from a cursor on; the empty cursor is the newest. next is the cursor of the following
// events, empty at the end. A cursor that this method did not make is ErrNotFound.
//
// The caller has looked the subject up in the actor's scope. What the events say about sites is cut to that
// scope here.
func (s *Store) EventsOf(ctx context.Context, by domain.Actor, subject, cursor string, n int) (events []domain.Event, next string, err error) {
	at, id, err := eventCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	events, err = all(ctx, s.read, scanEvent, "select "+eventColumns+` from events
		where subject_id = $1 and account_id = $2 and (at, id) < ($3, $4)
		order by at desc, id desc limit $5`, subject, by.Account.ID, at, id, n+1)
	if err != nil {
		return nil, "", fmt.Errorf("list events: %w", err)
	}
	if len(events) > n {
		events = events[:n]
		last := events[n-1]
		next = strconv.FormatInt(micros(last.At), 10) + "." + last.ID
	}
	for i := range events {
		events[i] = within(events[i], by.Scope)
	}
	return events, next, nil
}

func eventCursor(cursor string) (at int64, id string, err error) {
	if cursor == "" {
		return micros(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), "", nil
	}
	written, id, _ := strings.Cut(cursor, ".")
	at, err = strconv.ParseInt(written, 10, 64)
	if err != nil || uuid.Validate(id) != nil {
		return 0, "", domain.ErrNotFound
	}
	return at, id, nil
}

// within takes the sites out of an event that the scope does not reach: a scoped admin learns nothing of them.
func within(e domain.Event, scope domain.Scope) domain.Event {
	if scope.AccountWide() {
		return e
	}
	cut := func(m map[string]string) {
		sites, ok := m["scope"]
		if !ok || sites == domain.Whole(e.AccountID).String() {
			return
		}
		if m["scope"] = domain.Sites(e.AccountID, strings.Fields(sites)...).Within(scope).String(); m["scope"] == "" {
			delete(m, "group") // a part of a site that is not theirs
		}
	}
	cut(e.Before)
	cut(e.After)
	return e
}

// writeValues and readValues keep the few named values of an event; none is the empty text.
func writeValues(m map[string]string) (string, error) {
	if len(m) == 0 {
		return "", nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("write an event's values: %w", err)
	}
	return string(b), nil
}

func readValues(s string) (map[string]string, error) {
	if s == "" {
		return nil, nil
	}
	var m map[string]string
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return nil, fmt.Errorf("read an event's values: %w", err)
	}
	return m, nil
}
