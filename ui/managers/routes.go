package managers

import (
	"slices"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"

	"github.com/gofiber/fiber/v2"
)

// who tells whether a role may use a route.
type who func(campaigns.Role) bool

func anybody(campaigns.Role) bool    { return true }
func manages(r campaigns.Role) bool  { return r.Manages() }
func national(r campaigns.Role) bool { return r == campaigns.RoleNational }
func keysIn(r campaigns.Role) bool   { return r.KeysAnswers() }

type handler func(*Hall, *fiber.Ctx, campaigns.Viewer) error

type route struct {
	method, path string
	may          who
	do           handler
}

// routes is every page of those who are signed in, on one page. A path that
// is not here does not exist; a test compares it with what each role gets.
var routes = []route{
	{"GET", "/", anybody, (*Hall).home},
	{"GET", "/stop", manages, (*Hall).stopPage},
	{"POST", "/stop", manages, (*Hall).stop},
	{"POST", "/stop/lift", manages, (*Hall).liftStop},

	{"GET", "/campaigns", anybody, (*Hall).campaigns},
	{"GET", "/campaigns/new", manages, (*Hall).newCampaignForm},
	{"POST", "/campaigns/new", manages, (*Hall).createCampaign},
	{"GET", "/campaigns/:code", anybody, (*Hall).campaign},
	{"POST", "/campaigns/:code/approve", manages, (*Hall).approveCampaign},
	{"POST", "/campaigns/:code/pause", manages, (*Hall).pauseCampaign},
	{"POST", "/campaigns/:code/resume", manages, (*Hall).resumeCampaign},
	{"GET", "/campaigns/:code/extend", manages, (*Hall).extendForm},
	{"POST", "/campaigns/:code/extend", manages, (*Hall).extend},
	{"GET", "/campaigns/:code/extend/:id", manages, (*Hall).lengthened},
	{"GET", "/campaigns/:code/people/:state", keysIn, (*Hall).peopleIn},
	{"GET", "/campaigns/:code/waves/new", manages, (*Hall).planForm},
	{"POST", "/campaigns/:code/waves/new", manages, (*Hall).plan},
	{"GET", "/campaigns/:code/waves/:number", anybody, (*Hall).wave},
	{"POST", "/campaigns/:code/waves/:number/approve", manages, (*Hall).approveWave},
	{"POST", "/campaigns/:code/waves/:number/withdraw", manages, (*Hall).withdrawWave},
	{"POST", "/campaigns/:code/waves/:number/pause", manages, (*Hall).pauseWave},
	{"POST", "/campaigns/:code/waves/:number/resume", manages, (*Hall).resumeWave},

	{"GET", "/batches", anybody, (*Hall).batches},
	{"GET", "/batches/:code", anybody, (*Hall).batch},
	{"POST", "/batches/:code/suspect", manages, (*Hall).suspectBatch},
	{"POST", "/batches/:code/lift", manages, (*Hall).liftSuspicion},

	{"GET", "/vendors", seesVendors, (*Hall).vendors},
	{"POST", "/vendors", national, (*Hall).addVendor},
	{"GET", "/vendors/books", seesVendors, (*Hall).vendorBooks},
	{"GET", "/vendors/books.csv", seesVendors, (*Hall).vendorBooksCSV},
	{"GET", "/vendors/:code", seesVendors, (*Hall).vendor},
	{"POST", "/vendors/:code/profile", national, (*Hall).saveVendor},
	{"POST", "/vendors/:code/keys", national, (*Hall).makeKey},
	{"POST", "/vendors/:code/keys/:id/revoke", national, (*Hall).revokeKey},
	{"POST", "/vendors/:code/networks", national, (*Hall).allowNetworks},
	{"POST", "/vendors/:code/sealing", national, (*Hall).setSealing},
	{"POST", "/vendors/:code/hook", national, (*Hall).setHook},
	{"POST", "/vendors/:code/hook/rotate", national, (*Hall).rotateHook},
	{"POST", "/vendors/:code/hook/end", national, (*Hall).endOldSecret},
	{"POST", "/vendors/:code/hook/test", national, (*Hall).testHook},
	{"POST", "/vendors/:code/sftp", national, (*Hall).addSSHKey},
	{"POST", "/vendors/:code/sftp/:id/revoke", national, (*Hall).revokeSSHKey},

	{"GET", "/packs", anybody, (*Hall).packs},
	{"POST", "/packs", manages, (*Hall).draftPack},
	{"GET", "/packs/postage", anybody, (*Hall).tariff},
	{"POST", "/packs/postage", prices, (*Hall).addPrice},
	{"GET", "/packs/:code/:version", anybody, (*Hall).pack},
	{"GET", "/packs/:code/:version/proofs", anybody, (*Hall).proofs},
	{"GET", "/packs/:code/:version/proof.pdf", anybody, (*Hall).proofPDF},
	{"GET", "/packs/:code/:version/page.png", anybody, (*Hall).proofPage},
	{"POST", "/packs/:code/:version/proofed", manages, (*Hall).proofPack},
	{"POST", "/packs/:code/:version/approve", manages, (*Hall).approvePack},
	{"POST", "/packs/:code/:version/use", manages, (*Hall).usePack},
	{"GET", "/packs/:code/:version/wordings", manages, (*Hall).newWording},
	{"GET", "/packs/:code/:version/wordings/:language", anybody, (*Hall).wording},
	{"POST", "/packs/:code/:version/wordings/:language", manages, (*Hall).saveWording},
	{"POST", "/packs/:code/:version/wordings/:language/look", manages, (*Hall).lookAtWording},
	{"POST", "/packs/:code/:version/wordings/:language/check", manages, (*Hall).checkTranslation},
	{"GET", "/campaigns/:code/waves/:number/letters", manages, (*Hall).waveLetters},
	{"POST", "/campaigns/:code/waves/:number/letters/try", manages, (*Hall).tryLetters},
	{"POST", "/campaigns/:code/waves/:number/letters/accept", manages, (*Hall).acceptFindings},
	{"GET", "/campaigns/:code/waves/:number/letters/:enrolment/proof.pdf", manages, (*Hall).waveProofPDF},
	{"GET", "/campaigns/:code/waves/:number/letters/:enrolment/page.png", manages, (*Hall).waveProofPage},
	{"GET", "/letters/:reference", keysIn, (*Hall).sentLetter},

	{"GET", "/people", keysIn, (*Hall).findForm},
	{"POST", "/people", keysIn, (*Hall).find},
	{"GET", "/people/:enrolment", keysIn, (*Hall).person},
	{"GET", "/people/:enrolment/answer", keysIn, (*Hall).answerForm},
	{"POST", "/people/:enrolment/answer", keysIn, (*Hall).answer},
	{"GET", "/people/:enrolment/record", manages, (*Hall).failedRecord},
	{"POST", "/people/:enrolment/record", manages, (*Hall).settleFailed},

	{"GET", "/holds", keysIn, (*Hall).intray},
	{"GET", "/holds/:id", keysIn, (*Hall).hold},
	{"POST", "/holds/:id/settle", manages, (*Hall).settle},
	{"GET", "/returns/:id", keysIn, (*Hall).stray},
	{"POST", "/returns/:id/settle", keysIn, (*Hall).settleStray},
	{"GET", "/files", keysIn, (*Hall).files},
	{"POST", "/files", keysIn, (*Hall).takeFile},
	{"GET", "/checks", keysIn, (*Hall).checks},
	{"GET", "/checks/:id", keysIn, (*Hall).check},
	{"POST", "/checks/:id/settle", manages, (*Hall).settleCheck},

	{"GET", "/imports", manages, (*Hall).imports},
	{"POST", "/imports", manages, (*Hall).upload},
	{"GET", "/imports/template", manages, (*Hall).template},
	{"GET", "/imports/:id", manages, (*Hall).cohort},
	{"GET", "/imports/:id/lists", manages, (*Hall).lists},
	{"POST", "/imports/limits", national, (*Hall).setLimits},
	{"POST", "/imports/:id/decide", manages, (*Hall).decide},
	{"GET", "/imports/:id/progress", manages, (*Hall).progress},
	{"GET", "/imports/:id/rejected", manages, (*Hall).rejected},
	{"GET", "/imports/:id/findings/:severity/:rule", manages, (*Hall).findings},
	{"GET", "/imports/:id/conflicts/:kind", manages, (*Hall).conflicts},
	{"POST", "/imports/:id/conflicts/:kind", manages, (*Hall).decideConflicts},

	{"GET", "/watermarks", anybody, (*Hall).watermarks},
	{"POST", "/watermarks", manages, (*Hall).declare},
	{"GET", "/holidays", anybody, (*Hall).holidays},
	{"POST", "/holidays", national, (*Hall).addHoliday},
	{"GET", "/extend", manages, (*Hall).extendRegionForm},
	{"POST", "/extend", manages, (*Hall).extendRegion},
	{"GET", "/practices", anybody, (*Hall).practices},
	{"POST", "/practices", manages, (*Hall).switchOn},
	{"GET", "/practices/changes", manages, (*Hall).changes},
	{"GET", "/practices/changes/:kind", manages, (*Hall).changesOfKind},
	{"POST", "/practices/changes/:kind", manages, (*Hall).decideChanges},
}

// demoRoutes exist where a demonstration's clock was handed in.
var demoRoutes = []route{
	{"GET", "/clock", anybody, (*Hall).clockPage},
	{"POST", "/clock", anybody, (*Hall).moveClock},
}

// everyRoute is the pages of every subject, each listed beside its handlers.
var everyRoute = [][]route{
	routes,
	teamRoutes,
	healthRoutes,
	calendarRoutes,
	exportRoutes,
	programmeRoutes,
	vendorPeopleRoutes,
	packRoutes,
	publicRoutes,
	channelRoutes,
}

// proofOfKeys is for how long a proof counts where a key or a secret is made.
const proofOfKeys = 5 * time.Minute

// proves are the forms whose sender has to have proved who they are within
// the last minutes: what they do cannot be taken back, or opens a door.
var proves = map[string]time.Duration{
	"/stop/lift":                             campaigns.ProofLife,
	"/campaigns/:code/approve":               campaigns.ProofLife,
	"/campaigns/:code/extend":                campaigns.ProofLife,
	"/extend":                                campaigns.ProofLife,
	"/campaigns/:code/waves/:number/approve": campaigns.ProofLife,
	"/batches/:code/lift":                    campaigns.ProofLife,
	"/packs/:code/:version/approve":          campaigns.ProofLife,
	"/targets":                               proofOfKeys,
	"/vendors/:code/keys":                    proofOfKeys,
	"/vendors/:code/hook/rotate":             proofOfKeys,
	"/vendors/:code/sftp":                    proofOfKeys,
	"/vendors/:code/sealing":                 proofOfKeys,
	"/vendors/:code/hook":                    proofOfKeys,
	"/vendors/:code/people":                  proofOfKeys,
	"/vendors/:code/drop":                    proofOfKeys,
	"/team":                                  campaigns.ProofLife,
	"/team/:id":                              campaigns.ProofLife,
	"/team/:id/access":                       campaigns.ProofLife,
	"/team/:id/reset":                        campaigns.ProofLife,
	"/account/factor":                        campaigns.ProofLife,
	"/exports":                               campaigns.ProofLife,
	"/vendors/:code/certificates":            proofOfKeys,
}

// Routes hangs the pages into an app that answers errors with Renderer. The
// app's own checks (health, assets) come before it.
func (h *Hall) Routes(app *fiber.App) {
	app.Use(h.forms.Guard)
	app.Get("/sign-in", h.signInForm)
	app.Post("/sign-in", h.signIn)
	app.Post("/sign-out", h.signOut)
	app.Get("/sign-in/code", h.codeForm)
	app.Post("/sign-in/code", h.giveCode)
	app.Get("/sign-in/set-up", h.setUpForm)
	app.Post("/sign-in/set-up", h.setUp)
	all := slices.Concat(everyRoute...)
	if h.Demo != nil {
		all = append(all, demoRoutes...)
	}
	for _, r := range all {
		app.Add(r.method, r.path, func(c *fiber.Ctx) error {
			if err := h.known(c); err != nil {
				return err
			}
			by, ok := viewerOf(c)
			if !ok {
				return nil // known has sent the browser to the sign-in
			}
			if !r.may(by.Role) {
				return fault.New(fault.Forbidden, "Your role (%s) does not do this. Ask a manager of your region.", by.Role)
			}
			if within := proves[r.path]; r.method == fiber.MethodPost && within > 0 {
				if proved, err := h.prove(c, within); err != nil || !proved {
					return err
				}
			}
			return r.do(h, c, by)
		})
	}
}
