package store_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
)

// INP-08: a filter of a list that holds what no row can hold, or nothing, finds rows or none, in every order: it fails on
// neither engine. A cursor that no list gave is not found.
func TestINP08_FiltersTakeAnyText(t *testing.T) {
	inHouse(t, func(h house) {
		ctx, dana, nora := h.ctx(), h.at(store.Dana, store.Brightwater), h.at(store.Nora, store.Northgate)
		part := h.at(store.Priya, store.Cobalt)
		site := h.site(store.Brightwater, "HPT")
		groups, err := h.Groups(ctx, dana, site)
		must(t, err)
		for name, list := range map[string]struct {
			query any
			ask   func(any) error
		}{
			"users":              {store.Query{}, func(q any) error { return second(h.Users(ctx, dana, q.(store.Query))) }},
			"users of sites":     {store.Query{}, func(q any) error { return second(h.Users(ctx, part, q.(store.Query))) }},
			"invites":            {store.Query{}, func(q any) error { return second(h.Invites(ctx, dana, q.(store.Query))) }},
			"guests":             {store.Query{}, func(q any) error { return second(h.Guests(ctx, dana, q.(store.Query))) }},
			"administrators":     {store.Query{}, func(q any) error { return second(h.Administrators(ctx, nora, q.(store.Query))) }},
			"devices":            {store.DeviceQuery{}, func(q any) error { return second(h.Devices(ctx, dana, site, q.(store.DeviceQuery))) }},
			"devices of a group": {store.DeviceQuery{Groups: []string{groups[0].ID}}, func(q any) error { return second(h.Devices(ctx, dana, site, q.(store.DeviceQuery))) }},
			"devices of a kind":  {store.DeviceQuery{Kinds: []domain.DeviceKind{"meter"}}, func(q any) error { return second(h.Devices(ctx, dana, site, q.(store.DeviceQuery))) }},
			"activity":           {store.ActivityQuery{}, func(q any) error { return second(h.Activity(ctx, dana, q.(store.ActivityQuery))) }},
			"accounts":           {store.AccountQuery{}, func(q any) error { return second(h.Clients(ctx, nora, q.(store.AccountQuery))) }},
			"credits":            {store.CreditQuery{}, func(q any) error { return second(h.Credits(ctx, nora, q.(store.CreditQuery))) }},
			"support":            {store.SupportQuery{}, func(q any) error { return second(h.Supports(ctx, nora, q.(store.SupportQuery))) }},
		} {
			for _, few := range []int{1, 1000} {
				h.SetFewest(few)
				for _, typed := range []string{"", "a\x00b c", "\xff"} {
					for i := range reflect.TypeOf(list.query).NumField() {
						for _, sort := range []string{"", "serial", "-name"} {
							q := reflect.New(reflect.TypeOf(list.query)).Elem()
							q.Set(reflect.ValueOf(list.query))
							switch f := q.Field(i); {
							case reflect.TypeOf(list.query).Field(i).Name == "NoFactor" && !strings.HasPrefix(name, "users"):
								continue // only those who are in are asked for it
							case f.Kind() == reflect.String:
								f.SetString(typed)
							case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.String:
								one := reflect.New(f.Type().Elem()).Elem()
								one.SetString(typed)
								f.Set(reflect.Append(reflect.MakeSlice(f.Type(), 0, 1), one))
							case f.Type() == reflect.TypeFor[store.Paging]():
								f.FieldByName("After").SetString(typed)
							default:
								continue
							}
							q.FieldByName("Sort").SetString(sort)
							q.FieldByName("Limit").SetInt(5)
							if err := list.ask(q.Interface()); err != nil && !errors.Is(err, domain.ErrNotFound) {
								t.Errorf("%s, %s is %q, by %q: %v", name, reflect.TypeOf(list.query).Field(i).Name, typed, sort, err)
							}
						}
					}
				}
			}
		}
		for _, typed := range []string{"", "\x00", "\xff"} {
			if _, _, err := h.Sites(ctx, dana, typed, typed, 5); err != nil && !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("sites, %q: %v", typed, err)
			}
		}
	})
}
