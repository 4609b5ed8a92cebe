package intake

const epraccurColumns = 27
