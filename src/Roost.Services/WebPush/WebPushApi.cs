using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Notifications;

namespace Roost.Services.WebPush;

/// <summary>
/// What the WebPush service can be asked: push messages to apps and browsers that are not open (RFC 8030, 8291, 8292).
/// Each access token has one subscription at most, which ends with it.
/// </summary>
public sealed record WebPushApi(
    AttachPresenter Attach,
    Service<GetPushKey, PushKey> Key,
    Service<SubscribeToPush, PushSubscription> Subscribe,
    Service<GetPushSubscription, PushSubscription?> Get,
    Service<ChangePushSubscription, PushSubscription?> Change,
    Service<EndPushSubscription, bool> End,
    Service<AwaitSent, int> Sent);

/// <summary>The same for ever.</summary>
public sealed record GetPushKey;

/// <param name="Point">What push services know this server by: a point of P-256, uncompressed, 65 bytes.</param>
public sealed record PushKey(ReadOnlyMemory<byte> Point);

/// <summary>Whose doings the account is told of.</summary>
public enum PushPolicy
{
    All = 0,
    /// <summary>Of those whom it follows.</summary>
    Followed = 1,
    /// <summary>Of those who follow it.</summary>
    Followers = 2,
    None = 3,
}

/// <param name="Alerts">The kinds that are told.</param>
/// <param name="IsStandard">Whether messages are as in RFC 8291 and 8292; else as in earlier drafts of these, which
/// apps from before, and their relays, understand.</param>
public sealed record PushSubscription(
    long Id, AccountId Account, string Endpoint, NoticeKinds Alerts, PushPolicy Policy, bool IsStandard);

/// <summary>Where messages are sent, and for whose eyes.</summary>
/// <param name="Endpoint">At a push service, by https; never a private address.</param>
/// <param name="PublicKey">65 bytes: a point of P-256, uncompressed.</param>
/// <param name="Auth">16 bytes.</param>
public sealed record PushTarget(
    string Endpoint, ReadOnlyMemory<byte> PublicKey, ReadOnlyMemory<byte> Auth, bool IsStandard);

/// <summary>Subscribes what holds a token, instead of any earlier subscription of it, to what happens from now
/// on.</summary>
/// <param name="Token">The token's value, which every message has, so that an app knows whose it is.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: the target is refused; says why.</exception>
public sealed record SubscribeToPush(
    string Token, AccountId Account, PushTarget Target, NoticeKinds Alerts, PushPolicy Policy);

/// <summary>The reply is null when the token has none.</summary>
public sealed record GetPushSubscription(string Token);

/// <summary>The reply is null when the token has none.</summary>
public sealed record ChangePushSubscription(string Token, NoticeKinds Alerts, PushPolicy Policy);

/// <summary>The reply says whether there was one.</summary>
public sealed record EndPushSubscription(string Token);

/// <summary>Answers when all notifications up to one, which must be there still, are sent, given up, or wait to be
/// tried again; the reply says how many wait.</summary>
public sealed record AwaitSent(long Notice);

/// <summary>Tells who makes the messages; nothing is sent before.</summary>
/// <param name="subject">How push services reach whoever runs this server: an https or mailto URL.</param>
public delegate void AttachPresenter(PresentAlert present, string subject);

/// <summary>What a message says, 3,000 bytes at most. It must not wait.</summary>
/// <param name="language">The account's, which it has chosen or signed up in; null when nobody knows.</param>
public delegate byte[] PresentAlert(NoticeView view, string token, string? language);
