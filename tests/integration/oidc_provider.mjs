// node oidc-provider as an identity provider on 127.0.0.1: oidc_provider.mjs MODULES PORT CERTIFICATE KEY ACCESS
// It signs everybody in as the nurse, at the level of assurance that is demanded, and asks for no consent.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [modules, port, certificate, key, access] = process.argv.slice(2)
const { default: Provider } = await import(pathToFileURL(createRequire(`${modules}/`).resolve('oidc-provider')))
const assurance = 'http://id.sambi.se/loa/loa3'
const claims = {
  employeeHsaId: 'SE1-NURSE', commissionHsaId: 'SE1-COMMISSION', commissionPurpose: 'Vård och behandling',
  commissionRight: ['Läsa;alla;SJF'], healthCareUnitHsaId: 'SE1-CU1', healthCareProviderHsaId: 'SE1-CP',
}
const provider = new Provider(`https://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'r7', application_type: 'native', token_endpoint_auth_method: 'none', grant_types: ['authorization_code'],
      redirect_uris: ['http://127.0.0.1/callback'],
    },
    {
      client_id: 'basic', client_secret: 'a secret/of ours', grant_types: ['authorization_code'], id_token_signed_response_alg: 'PS256',
      redirect_uris: [`${access}/oidc/region-a/node/callback`], post_logout_redirect_uris: [`${access}/oidc/region-a`],
      backchannel_logout_uri: `${access}/oidc/region-a/node/logout`, backchannel_logout_session_required: true,
    },
  ],
  jwks: { keys: [{ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kid: 'rsa', use: 'sig' }] },
  cookies: { keys: ['of this test alone'] },
  acrValues: [assurance],
  claims: { openid: ['sub'], inera: Object.keys(claims) },
  features: { claimsParameter: { enabled: true }, devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256'] },
  pkce: { required: () => true },
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims }) }),
})
provider.on('server_error', (context, error) => console.error(error))
provider.on('backchannel.error', (context, error) => console.error(error))

async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  const result = { login: { accountId: 'nurse-1', acr: assurance, amr: ['siths'] } }
  if (prompt.name === 'consent') {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
    grant.addOIDCScope('openid')
    grant.addOIDCClaims(Object.keys(claims))
    result.consent = { grantId: await grant.save() }
    delete result.login
  }
  await provider.interactionFinished(request, response, result)
}

const answer = provider.callback()
createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) =>
  request.url.startsWith('/interaction/') ? interact(request, response) : answer(request, response)).listen(Number(port), '127.0.0.1')
