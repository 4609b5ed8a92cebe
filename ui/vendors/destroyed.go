package vendors

import "github.com/gofiber/fiber/v2"

// destruction says when the copies were destroyed.
type destruction struct {
	On day `json:"destroyed_on" doc:"The day on which they were destroyed; today, if none."`
}

type destroyedJSON struct {
	Batch   string `json:"batch"`
	Already bool   `json:"already"`
}

// destroyed takes the vendor's word that it has destroyed its copies of a batch.
func (d *desk) destroyed(c *fiber.Ctx, asked destruction) (said destroyedJSON, err error) {
	b, err := d.named(c, c.Params("code"))
	if err != nil {
		return said, err
	}
	said.Batch = b.Code
	said.Already, err = d.mailroom.DeclareDestroyed(c.UserContext(), vendorOf(c), b.Code, asked.On.Date)
	return said, err
}
