// A real OpenID Connect provider in the shape of NHS login: the person's level
// of proof comes back as vot, number and date of birth as claims. Whoever
// signs in types what the provider is to say of them, as JSON.
import Provider from 'oidc-provider'
import { createServer } from 'node:http'

const { CLIENT_KEY, REDIRECT } = process.env
const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'duenotice', token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'RS512', id_token_signed_response_alg: 'RS256',
      jwks: { keys: [JSON.parse(CLIENT_KEY)] }, redirect_uris: [REDIRECT], response_types: ['code'], grant_types: ['authorization_code']
    }],
    enabledJWA: { clientAuthSigningAlgValues: ['RS512'] },
    pkce: { methods: ['S256'], required: () => true },
    extraParams: ['vtr'],
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'vot', 'vtm'], profile: ['nhs_number', 'birthdate', 'identity_proofing_level', 'family_name'] },
    scopes: ['openid', 'profile'],
    findAccount: (_, id) => ({ accountId: id, claims: () => JSON.parse(Buffer.from(id, 'base64url').toString()) }),
    cookies: { keys: ['only for tests'] }
  })
  server.on('request', provider.callback())
  console.log(issuer)
})
