package patients

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
	"golang.org/x/oauth2"

	"duenotice/campaigns/calendar"
)

// Login is an OpenID Connect provider in the shape of NHS login, by which
// people prove who they are before they see their own record. Who it names
// here is a client with a key of its own (private_key_jwt).
type Login struct {
	Issuer string
	Client string
	Key    *rsa.PrivateKey
	KeyID  string
	Return string // the address at which people come back, known to the provider
}

// enough are the vectors of trust of NHS login that are asked for: the highest
// proof of identity, with a device or a key beside the password.
const enough = `["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]`

// highest are those of them that may come back.
var highest = []string{"P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"}

var errLess = errors.New("the proof of identity is not high enough")

// identity is what the provider says of somebody.
type identity struct {
	Number string
	Born   calendar.Date
	Level  string // P0, P5 or P9
}

// portal is the provider as it was found, asked for its addresses when first
// needed: a provider that is away keeps no other page from being served.
type portal struct {
	*Login
	mu       sync.Mutex
	provider *oidc.Provider
}

// calling bounds every word with the provider.
var calling = &http.Client{Timeout: 10 * time.Second}

func (p *portal) find(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.provider == nil {
		found, err := oidc.NewProvider(context.WithoutCancel(ctx), p.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("find the identity service: %w", err)
		}
		p.provider = found
	}
	at := p.provider.Endpoint()
	at.AuthStyle = oauth2.AuthStyleInParams
	return p.provider, &oauth2.Config{ClientID: p.Client, Endpoint: at, RedirectURL: p.Return, Scopes: []string{oidc.ScopeOpenID, "profile"}}, nil
}

// asked is one sign-in under way, bound to one browser.
type asked struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	At       time.Time `json:"t"`
}

// begin is where a browser goes to prove who its person is.
func (p *portal) begin(ctx context.Context) (string, asked, error) {
	_, config, err := p.find(oidc.ClientContext(ctx, calling))
	if err != nil {
		return "", asked{}, err
	}
	a := asked{State: uuid.NewString() + uuid.NewString(), Nonce: uuid.NewString() + uuid.NewString(), Verifier: oauth2.GenerateVerifier(), At: calendar.Wall()}
	return config.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier), oauth2.SetAuthURLParam("vtr", enough)), a, nil
}

// end exchanges what the browser brought back for who its person is. With less
// than the highest proof it is errLess, with the level that there was.
func (p *portal) end(ctx context.Context, a asked, code string) (identity, error) {
	ctx = oidc.ClientContext(ctx, calling)
	provider, config, err := p.find(ctx)
	if err != nil {
		return identity{}, err
	}
	assertion, err := p.assertion(config.Endpoint.TokenURL)
	if err != nil {
		return identity{}, err
	}
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier), oauth2.SetAuthURLParam("client_assertion", assertion),
		oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
	if err != nil {
		return identity{}, fmt.Errorf("exchange the code of a sign-in: %w", withoutBody(err))
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: p.Client, SupportedSigningAlgs: []string{"RS256", "RS512", "PS256", "ES256"}, Now: calendar.Wall}).Verify(ctx, raw)
	if err != nil {
		return identity{}, fmt.Errorf("check the word of the identity service: %w", err)
	}
	if id.Nonce != a.Nonce || len(id.Audience) != 1 {
		return identity{}, errors.New("check the word of the identity service: it was meant for another sign-in")
	}
	var trust struct {
		Vot   string `json:"vot"`
		Level string `json:"identity_proofing_level"`
	}
	if err := id.Claims(&trust); err != nil {
		return identity{}, fmt.Errorf("read the word of the identity service: %w", err)
	}
	about, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return identity{}, fmt.Errorf("ask whom the identity service named: %w", withoutBody(err))
	}
	if about.Subject != id.Subject {
		return identity{}, errors.New("ask whom the identity service named: it named another")
	}
	return identify(about, trust.Vot, trust.Level)
}

func identify(about *oidc.UserInfo, vot, level string) (identity, error) {
	var claims struct {
		Number string `json:"nhs_number"`
		Born   string `json:"birthdate"`
		Level  string `json:"identity_proofing_level"`
	}
	if err := about.Claims(&claims); err != nil {
		return identity{}, fmt.Errorf("read whom the identity service named: %w", err)
	}
	who := identity{Number: claims.Number, Level: claims.Level}
	if level != "" && level != claims.Level || !slices.Contains(highest, vot) || claims.Level != "P9" {
		if who.Level == "" || who.Level == "P9" {
			who.Level = "P0"
		}
		return who, errLess
	}
	if err := json.Unmarshal([]byte(`"`+claims.Born+`"`), &who.Born); err != nil || claims.Number == "" {
		return identity{}, errors.New("read whom the identity service named: number or date of birth is missing")
	}
	return who, nil
}

// assertion proves to the provider, for five minutes, that it is we who ask.
func (p *portal) assertion(audience string) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS512, Key: jose.JSONWebKey{Key: p.Key, KeyID: p.KeyID}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("sign for the identity service: %w", err)
	}
	now := calendar.Wall()
	text, err := jwt.Signed(signer).Claims(jwt.Claims{Issuer: p.Client, Subject: p.Client, Audience: jwt.Audience{audience}, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(5 * time.Minute))}).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign for the identity service: %w", err)
	}
	return text, nil
}

// withoutBody keeps of an error what cannot hold personal data.
func withoutBody(err error) error {
	var told *oauth2.RetrieveError
	if errors.As(err, &told) {
		return fmt.Errorf("it answered %d %s", told.Response.StatusCode, told.ErrorCode)
	}
	return err
}
