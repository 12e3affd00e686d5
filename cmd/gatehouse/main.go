// Command gatehouse is the portal: it serves it, prepares its database and tells about it.
//
// Here belong the command line, the wiring of store, worker and web, and the process's life.
// Nothing else reads flags or the environment, and nothing here knows what the portal means.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"gatehouse/store"
	"gatehouse/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse:", oneLine(err))
		os.Exit(1)
	}
}

// run is main without the process: errors come back as one line to print.
func run(ctx context.Context, args []string, out io.Writer) error {
	var cli commands
	parser, err := kong.New(&cli, kong.Name("gatehouse"), kong.Description("Who gets in, as what, where, and until when."),
		kong.DefaultEnvars("GATEHOUSE"), kong.Configuration(kong.JSON, "gatehouse.json"))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(out, (*io.Writer)(nil))
	return command.Run()
}

type commands struct {
	Serve   serve   `cmd:"" help:"Serve the portal."`
	Migrate migrate `cmd:"" help:"Bring the database's schema up to date."`
	Demo    demo    `cmd:"" help:"Load the demo companies into an empty database."`
	Routes  routes  `cmd:"" help:"List every door with the privilege it asks for."`
	Audit   audit   `cmd:"" help:"Check the history."`

	Config kong.ConfigFlag `help:"File of settings (JSON, keys as the long flags). Without it ./gatehouse.json is read if it exists." placeholder:"FILE"`
}

type migrate struct{ Database }

func (m migrate) Run(ctx context.Context, out io.Writer) error {
	st, err := m.open(ctx, nil, store.Limits{})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "the schema is up to date")
	return st.Close()
}

type demo struct{ Database }

func (d demo) Run(ctx context.Context, out io.Writer) error {
	st, err := d.open(ctx, nil, store.Limits{})
	if err != nil {
		return err
	}
	if err := errors.Join(st.LoadDemo(ctx), st.Close()); err != nil {
		return err
	}
	fmt.Fprintln(out, "the demo companies are loaded")
	return nil
}

type routes struct {
	JSON bool `help:"As JSON."`
}

func (r routes) Run(out io.Writer) error {
	doors := web.New(nil, web.Config{BaseURL: &url.URL{Scheme: "https", Host: "gatehouse.example"}, Dev: true}).Doors()
	if r.JSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(doors)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, d := range doors {
		fmt.Fprintf(w, "%s\t%s\t%s\n", d.Method, d.Path, d.May)
	}
	return w.Flush()
}

// oneLine keeps what is printed for an error to one clear line.
func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
