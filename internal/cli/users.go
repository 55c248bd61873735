package cli

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

// usersCmd are the people who may sign in.
type usersCmd struct {
	List     userListCmd     `cmd:"" help:"List the users."`
	Add      userAddCmd      `cmd:"" help:"Add a user. The password is asked for, or read from standard input."`
	Roles    userRolesCmd    `cmd:"" help:"Replace the roles of a user."`
	Email    userEmailCmd    `cmd:"" help:"Give a user another address for mails."`
	Password userPasswordCmd `cmd:"" help:"Give a user another password; sessions and tokens of the user end."`
	Disable  userDisableCmd  `cmd:"" help:"Shut a user out; sessions and tokens of the user end."`
	Enable   userEnableCmd   `cmd:"" help:"Let a user in again."`

	SetupCode setupCodeCmd `cmd:"" help:"Print a code by which the first user can be made at the server's page /setup."`
}

// grants reads roles: clerk (in every company), or CODE:clerk.
func grants(texts []string) []identity.Grant {
	all := make([]identity.Grant, 0, len(texts))
	for _, t := range texts {
		company, role, both := strings.Cut(t, ":")
		if !both {
			company, role = "", t
		}
		all = append(all, identity.Grant{Company: company, Role: identity.Role(role)})
	}
	return all
}

func grantTexts(all []identity.Grant) string {
	texts := make([]string, len(all))
	for i, g := range all {
		if texts[i] = string(g.Role); g.Company != "" {
			texts[i] = g.Company + ":" + texts[i]
		}
	}
	return strings.Join(texts, " ")
}

const userColumns = "name full_name email roles state"

func userCells(u *identity.User) []string {
	state := "active"
	if u.Disabled {
		state = "disabled"
	}
	return []string{u.Name, u.FullName, u.Email, grantTexts(u.Grants), state}
}

type userListCmd struct{}

// Run lists the users.
func (c *userListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		users, err := a.Users(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list(userColumns)
		for i := range users {
			if err := l.add(&users[i], userCells(&users[i])...); err != nil {
				return err
			}
		}
		return l.close("There is no user yet; add one with `quittance users add`.")
	})
}

type userAddCmd struct {
	Name       string   `arg:"" help:"By which the user signs in: small letters and digits, such as ann.lee."`
	FullName   string   `help:"The person's name." placeholder:"NAME"`
	Email      string   `help:"E-mail address." placeholder:"ADDRESS"`
	Role       []string `help:"A role in every company, such as clerk, or in one, such as CITY:clerk; may come several times." placeholder:"ROLE"`
	NoPassword bool     `help:"Without a password: the user cannot sign in by one yet."`
}

// Run adds a user.
func (c *userAddCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		req := app.UserRequest{Name: c.Name, FullName: c.FullName, Email: c.Email, Grants: grants(c.Role)}
		if !c.NoPassword {
			var err error
			if req.Password, err = e.password(); err != nil {
				return err
			}
		}
		u, err := a.AddUser(e.ctx, call, req)
		if err != nil {
			return err
		}
		return e.result(u, userColumns, userCells(u), "The user %s is added.", u.Name)
	})
}

// password asks for a password twice on a terminal, and reads one line otherwise.
func (e *env) password() (string, error) {
	f, ok := e.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(e.stdin).ReadString('\n')
		if err != nil && line == "" {
			return "", usage("give the password on standard input, one line")
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	ask := func(what string) (string, error) {
		fmt.Fprint(e.stderr, what)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(e.stderr)
		return string(b), err
	}
	first, err := ask("Password: ")
	if err != nil {
		return "", err
	}
	second, err := ask("Again: ")
	if err == nil && first != second {
		err = fault.New(fault.Invalid, "the two passwords differ; try again").In("password")
	}
	return first, err
}

type userRolesCmd struct {
	Name string   `arg:"" help:"The user."`
	Role []string `arg:"" optional:"" help:"Roles: clerk in every company, CITY:clerk in one. None takes all away."`
}

// Run replaces the roles of a user.
func (c *userRolesCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		u, err := a.SetRoles(e.ctx, call, c.Name, grants(c.Role))
		if err != nil {
			return err
		}
		if len(u.Grants) == 0 {
			return e.result(u, userColumns, userCells(u), "%s has no role any more.", u.Name)
		}
		return e.result(u, userColumns, userCells(u), "%s is now: %s.", u.Name, grantTexts(u.Grants))
	})
}

type userEmailCmd struct {
	Name  string `arg:"" help:"The user."`
	Email string `arg:"" optional:"" help:"The address; none takes it away."`
}

// Run gives a user another address.
func (c *userEmailCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		u, err := a.SetEmail(e.ctx, call, c.Name, c.Email)
		if err != nil {
			return err
		}
		if u.Email == "" {
			return e.result(u, userColumns, userCells(u), "%s gets no mails any more.", u.Name)
		}
		return e.result(u, userColumns, userCells(u), "%s gets mails at %s.", u.Name, u.Email)
	})
}

type userPasswordCmd struct {
	Name string `arg:"" help:"The user."`
}

// Run gives a user another password.
func (c *userPasswordCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		password, err := e.password()
		if err != nil {
			return err
		}
		if err := a.SetPassword(e.ctx, call, c.Name, password); err != nil {
			return err
		}
		return e.result(map[string]string{"name": c.Name}, "name", []string{c.Name}, "%s has another password; sessions and tokens of the user have ended.", c.Name)
	})
}

type userDisableCmd struct {
	Name string `arg:"" help:"The user."`
}

// Run shuts a user out.
func (c *userDisableCmd) Run(e *env) error {
	return e.setDisabled(c.Name, true, "%s is shut out; sessions and tokens of the user have ended.")
}

type userEnableCmd struct {
	Name string `arg:"" help:"The user."`
}

// Run lets a user in again.
func (c *userEnableCmd) Run(e *env) error {
	return e.setDisabled(c.Name, false, "%s may sign in again.")
}

func (e *env) setDisabled(name string, disabled bool, told string) error {
	return e.with(func(a *app.App, call app.Call) error {
		u, err := a.SetDisabled(e.ctx, call, name, disabled)
		if err != nil {
			return err
		}
		return e.result(u, userColumns, userCells(u), told, name)
	})
}

// tokensCmd are the secrets by which programs act as a user.
type tokensCmd struct {
	List   tokenListCmd   `cmd:"" help:"List the API tokens."`
	Create tokenCreateCmd `cmd:"" help:"Make an API token; it is shown this once."`
	Revoke tokenRevokeCmd `cmd:"" help:"End an API token at once."`
}

const tokenColumns = "id user name scopes company created expires state"

func tokenCells(t *identity.Token, now time.Time) []string {
	state := "valid"
	switch {
	case t.Revoked != nil:
		state = "revoked"
	case !t.Expires.After(now):
		state = "over"
	}
	scopes := make([]string, len(t.Scopes))
	for i, s := range t.Scopes {
		scopes[i] = string(s)
	}
	return []string{fmt.Sprint(t.ID), t.User, t.Name, strings.Join(scopes, " "), t.Company, t.Created.Format(time.RFC3339), t.Expires.Format(time.RFC3339), state}
}

type tokenListCmd struct {
	User string `help:"Of this user only." placeholder:"NAME"`
}

// Run lists tokens.
func (c *tokenListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if c.User == "" && call.Actor.AllowIn("", identity.Administer) != nil {
			c.User = call.Actor.Name
		}
		tokens, err := a.Tokens(e.ctx, call, c.User)
		if err != nil {
			return err
		}
		l := e.list(tokenColumns)
		for i := range tokens {
			if err := l.add(&tokens[i], tokenCells(&tokens[i], time.Now())...); err != nil {
				return err
			}
		}
		return l.close("There is no token.")
	})
}

type tokenCreateCmd struct {
	Name  string   `arg:"" help:"What will use it."`
	User  string   `help:"Of this user (default: who acts)." placeholder:"NAME"`
	Scope []string `help:"A permission that it is limited to; may come several times (default: all that the user may)." placeholder:"PERMISSION"`
	Days  int      `help:"Valid for so many days, 366 at most." default:"90" placeholder:"N"`
}

// Run makes a token. --company limits it to that company.
func (c *tokenCreateCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		req := app.TokenRequest{User: c.User, Name: c.Name, Company: e.Company, Days: c.Days}
		for _, s := range c.Scope {
			req.Scopes = append(req.Scopes, identity.Permission(s))
		}
		if req.User == "" && call.Actor.Operator() {
			return usage("the operator has no tokens; name the user with --user")
		}
		m, err := a.CreateToken(e.ctx, call, req)
		if err != nil {
			return err
		}
		if err := e.result(m, tokenColumns+" token", append(tokenCells(&m.Token, time.Now()), m.Text), "%s", m.Text); err != nil {
			return err
		}
		return e.hint("This is shown once: the token %q of %s, until %s. --quiet prints it alone, for a file.", m.Name, m.User, m.Expires.Format(time.RFC3339))
	})
}

type tokenRevokeCmd struct {
	ID int64 `arg:"" help:"The token's number."`
}

// Run ends a token.
func (c *tokenRevokeCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.RevokeToken(e.ctx, call, c.ID); err != nil {
			return err
		}
		return e.result(map[string]int64{"id": c.ID}, "id", []string{fmt.Sprint(c.ID)}, "The token %d has ended.", c.ID)
	})
}
