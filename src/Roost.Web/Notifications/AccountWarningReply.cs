using System.Globalization;
using System.Text.Json;
using Roost.Services.Community;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Notifications;

/// <summary>The client API's AccountWarning entity. Who did it is not told; appeals there are none.</summary>
internal sealed record AccountWarningReply(
    string Id, string Action, string Text, IReadOnlyList<string>? StatusIds, string CreatedAt,
    JsonElement TargetAccount, string? Appeal)
{
    public static AccountWarningReply Of(Site site, AccountWarning warning, AccountView target) => new(
        warning.Id.ToString(CultureInfo.InvariantCulture), warning.Action, warning.Text,
        warning.Posts.Count == 0 ? null : [.. warning.Posts.Select(id => id.ToString())],
        TimeText.Of(warning.CreatedAt), AccountElement.Of(site, target), null);
}
