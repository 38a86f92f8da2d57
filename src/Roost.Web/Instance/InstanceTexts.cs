using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Roost.Services.Community;
using Roost.Services.Posts;
using Roost.Services.Translation;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Pages;
using Roost.Web.Rendering;

namespace Roost.Web.Instance;

internal sealed record RuleReply(string Id, string Text, string Hint, IReadOnlyDictionary<string, string> Translations)
{
    public static RuleReply[] All(WebOptions options) =>
    [
        .. options.Community.Rules.Select((rule, i) => new RuleReply(
            (i + 1).ToString(CultureInfo.InvariantCulture), rule.Text, rule.Hint, new Dictionary<string, string>())),
    ];
}

internal sealed record LanguageReply(string Code, string Name);

internal sealed record TextReply(string UpdatedAt, string Content);

internal sealed record TermsReply(string EffectiveDate, bool Effective, string Content, string? SucceededBy);

internal sealed record DomainBlockReply(string Domain, string Digest, string Severity, string Comment);

internal sealed record WeekReply(string Week, string Statuses, string Logins, string Registrations);

/// <summary>The parts of <c>/api/v1/instance/…</c>.</summary>
internal static class InstanceTexts
{
    private const string Path = "/api/v1/instance/";
    private const int BlocksMax = 10_000;

    private static readonly byte[] _none = "[]"u8.ToArray();

    public static void Map(ApiRoutes routes)
    {
        routes.Get(Path + "rules", Access.Anyone, call =>
            call.ReplyAsync(RuleReply.All(call.Site.Options), WebJson.Default.RuleReplyArray));
        routes.Get(Path + "extended_description", Access.Anyone, call =>
            TextAsync(call, call.Site.Options.Community.ExtendedDescription));
        routes.Get(Path + "privacy_policy", Access.Anyone, call =>
            TextAsync(call, call.Site.Options.Community.PrivacyPolicy));
        routes.Get(Path + "terms_of_service", Access.Anyone, call => TermsAsync(call, null));
        routes.Get(Path + "terms_of_service/{date}", Access.Anyone, call =>
            TermsAsync(call, (string?)call.Http.Request.RouteValues["date"]));
        routes.Get(Path + "domain_blocks", Access.Anyone, DomainBlocksAsync);
        routes.Get(Path + "activity", Access.Anyone, ActivityAsync);
        // Nothing here speaks to other servers.
        routes.Get(Path + "peers", Access.Anyone, static call => call.ReplyAsync(_none));
        LanguageReply[] languages = [.. SpokenLanguages.All.Select(one => new LanguageReply(one.Code, one.Name))];
        routes.Get(Path + "languages", Access.Anyone, call =>
            call.ReplyAsync(languages, WebJson.Default.LanguageReplyArray));
        routes.Get(Path + "translation_languages", Access.Anyone, TranslationLanguagesAsync);
    }

    private static async Task TranslationLanguagesAsync(ApiCall call)
    {
        var pairs = await call.Services.Translation.Pairs(new GetTranslationPairs(), call.Rpc);
        await call.ReplyAsync(pairs.Targets, WebJson.Default.IReadOnlyDictionaryStringIReadOnlyListString);
    }

    private static Task TextAsync(ApiCall call, string text) => call.ReplyAsync(
        new TextReply(
            TimeText.Of(call.Site.Options.Community.UpdatedAt),
            PostHtml.Render(text, [], call.Site.Options)), WebJson.Default.TextReply);

    private static async Task TermsAsync(ApiCall call, string? date)
    {
        var all = call.Site.Options.Community.TermsOfService.OrderBy(one => one.EffectiveDate).ToArray();
        var today = DateOnly.FromDateTime(call.Site.Time.GetUtcNow().UtcDateTime);
        var index = date is null
            ? Array.FindLastIndex(all, one => one.EffectiveDate <= today)
            : Array.FindIndex(all, one => Text(one.EffectiveDate) == date);
        if (index < 0) throw Faults.NotFound();
        await call.ReplyAsync(
            new TermsReply(
                Text(all[index].EffectiveDate), all[index].EffectiveDate <= today,
                PostHtml.Render(all[index].Text, [], call.Site.Options),
                index + 1 < all.Length ? Text(all[index + 1].EffectiveDate) : null), WebJson.Default.TermsReply);

        static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private static async Task DomainBlocksAsync(ApiCall call)
    {
        var blocks = await call.Services.Community.Blocks(new ListBlocks(BlockKind.Domain, Limit: BlocksMax), call.Rpc);
        await call.ReplyAsync(
            [.. blocks.Where(one => one.Severity is "silence" or "suspend").Select(one => new DomainBlockReply(
                (one.Flags & 4) == 0 ? one.Value : Obfuscated(one.Value), DigestOf(one.Value), one.Severity,
                one.PublicComment))], WebJson.Default.DomainBlockReplyArray);
    }

    /// <summary>What a domain is told by where its name is not: the SHA-256 of it.</summary>
    public static string DigestOf(string domain) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(domain)));

    private static string Obfuscated(string domain)
    {
        var (from, to) = (domain.Length / 4, domain.Length - domain.Length / 4);
        return string.Concat(domain.Select((c, i) => i >= from && i < to && c != '.' ? '*' : c));
    }

    private static async Task ActivityAsync(ApiCall call)
    {
        var visits = await call.Services.Figures.Visits(new CountVisits(12), call.Rpc);
        var weeks = new WeekReply[visits.Weeks.Count];
        var first = DateOnly.FromDateTime(visits.Weeks[^1].Start.UtcDateTime);
        var days = await call.Services.Posts.Activity(
            new CountActivity(first, first.AddDays((7 * weeks.Length) - 1)), call.Rpc);
        for (var i = 0; i < weeks.Length; i++)
        {
            var week = visits.Weeks[i];
            var posts = days.AsSpan(days.Length - (7 * (i + 1)), 7).ToArray().Sum(day => day.Posts);
            weeks[i] = new WeekReply(
                Text(week.Start.ToUnixTimeSeconds()), Text(posts), Text(week.Visitors), Text(week.Joined));
        }
        await call.ReplyAsync(weeks, WebJson.Default.WeekReplyArray);

        static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
