using Roost.Rpc;
using Roost.Web.Http;

namespace Roost.Web.Accounts;

/// <summary>
/// <c>POST /api/v1/emails/confirmations</c>: asks for another message by which an e-mail address is confirmed. Roost
/// takes addresses as they are given and sends no mail: to a client every account is a confirmed one, for which a
/// Mastodon server refuses this, too.
/// </summary>
internal static class ConfirmEmail
{
    public static void Map(ApiRoutes routes) => routes.Post(
        "/api/v1/emails/confirmations", Access.User("write:accounts"),
        _ => throw new ServiceException(
            ErrorCode.Forbidden, "This method is only available while the e-mail is awaiting confirmation"));
}
