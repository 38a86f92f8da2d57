using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Community;

/// <summary>
/// The Community service: emojis, announcements, reports, blocks, and the record of who did what. All of it is in
/// <c>community.db</c> and small; nothing but the emojis is kept in memory.
/// </summary>
/// <remarks>Thread-safe. Every acknowledged change is on disk.</remarks>
public sealed class CommunityService : IAsyncDisposable
{
    /// <summary>The database's name; the file is <c>community.db</c>.</summary>
    public const string Name = "community";

    private const int AnnouncementCharactersMax = 10_000;
    private const int ReportCharactersMax = 1_000;
    private const int ReportPostsMax = 100;
    private const int ReactionsMax = 8;

    private readonly SqlDatabase _database;
    private readonly CommunityStore _store;
    private readonly TimeProvider _time;
    private readonly CommunityMetrics _metrics;
    private readonly EmojiBook _emojis;
    private readonly EmojiFeed _emojiFeed;
    private readonly News<AnnouncementChange> _announced;

    private CommunityService(SqlDatabase database, TimeProvider time, CommunityMetrics metrics)
    {
        (_database, _store, _time, _metrics) = (database, new CommunityStore(database), time, metrics);
        _emojis = new EmojiBook(new EmojiSet(_store.ReadEmojis()));
        _emojiFeed = new EmojiFeed(_emojis, time);
        _announced = new News<AnnouncementChange>(time);
        Api = new CommunityApi(
            Emojis: _emojis,
            AddEmoji: AddEmojiAsync,
            RemoveEmoji: (request, call) => _store.RemoveEmojiAsync(request.Shortcode, SetEmojis, call.Cancellation),
            Announcements: (request, _) => new(_store.ReadAnnouncements(request, Now())),
            AddAnnouncement: AddAnnouncementAsync,
            RemoveAnnouncement: RemoveAnnouncementAsync,
            Dismiss: (request, call) => _store.DismissAsync(request, call.Cancellation),
            React: ReactAsync,
            File: FileAsync,
            Reports: (request, _) => new(_store.ReadReports(Checked(request))),
            Report: (request, _) => new(_store.ReadReport(request.Id)),
            ChangeReport: ChangeReportAsync,
            CountReports: (request, _) => new(_store.CountReports(request)),
            Warn: WarnAsync,
            Warning: (request, _) => new(_store.ReadWarning(request.Id)),
            NewestWarning: (_, _) => new(_store.NewestWarning()),
            LastWarning: (request, _) => new(_store.ReadLastWarning(request)),
            Blocks: (request, _) => new(_store.ReadBlocks(request, Now())),
            PutBlock: (request, call) => _store.PutBlockAsync(request.Block, Now(), call.Cancellation),
            RemoveBlock: (request, call) => _store.RemoveBlockAsync(request, call.Cancellation),
            Note: (request, call) => _store.NoteAsync(request, Now(), call.Cancellation),
            Actions: (request, _) => new(_store.ReadActions(request)),
            ReviewTrend: (request, call) => _store.ReviewAsync(request, call.Cancellation),
            TrendReviews: (request, _) => new(_store.ReadReviews(request.Kind)),
            Feed: _announced.FollowAsync);
    }

    /// <summary>The service's functions, bare.</summary>
    public CommunityApi Api { get; }

    /// <summary>For processes elsewhere.</summary>
    public CommunityFeedApi Feed => new(Emojis: _emojiFeed.NowAsync, Announcements: AnnouncementsAsync);

    /// <summary>Opens <c>community.db</c> in the directory, or makes it.</summary>
    /// <exception cref="ServiceException">The database cannot be used; says why.</exception>
    public static CommunityService Open(
        DataDirectory data, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        var logger = loggers.CreateLogger<CommunityService>();
        var database = SqlDatabase.Open(data, Name, time, logger, meters);
        return new CommunityService(database, time, new CommunityMetrics(meters));
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private ValueTask<CustomEmoji> AddEmojiAsync(AddEmoji request, Call call)
    {
        Require(
            request.Emoji.Shortcode is { Length: >= 2 and <= 64 } code
                && code.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'),
            "A shortcode has 2 to 64 letters (a to z), digits and underscores");
        return _store.AddEmojiAsync(request.Emoji, Now(), SetEmojis, call.Cancellation);
    }

    private async ValueTask<AnnouncementChanges> AnnouncementsAsync(AwaitAnnouncements request, Call call)
    {
        var (run, last, isWhole, changes) = await _announced.AfterAsync(
            request.Run, request.After, request.Wait, call.Cancellation);
        return new AnnouncementChanges(run, last, isWhole, changes);
    }

    private void SetEmojis(List<CustomEmoji> all)
    {
        _emojis.Now = new EmojiSet(all);
        _emojiFeed.Changed();
    }

    private async ValueTask<Announcement> AddAnnouncementAsync(AddAnnouncement request, Call call)
    {
        Require(!string.IsNullOrWhiteSpace(request.Text), "Validation failed: Text can't be blank");
        Require(request.Text.Length <= AnnouncementCharactersMax,
            $"Validation failed: Text has more than {AnnouncementCharactersMax} characters");
        Require(request.StartsAt is null || request.EndsAt is null || request.StartsAt <= request.EndsAt,
            "Validation failed: The announcement ends before it begins");
        var now = Now();
        var added = await _store.AddAnnouncementAsync(request, now, call.Cancellation);
        if ((added.StartsAt is null || added.StartsAt <= now) && (added.EndsAt is null || added.EndsAt > now))
            _announced.Tell(new AnnouncementChange(added.Id, added));
        return added;
    }

    private async ValueTask<bool> RemoveAnnouncementAsync(RemoveAnnouncement request, Call call)
    {
        var isRemoved = await _store.RemoveAnnouncementAsync(request.Id, call.Cancellation);
        if (isRemoved)
            _announced.Tell(new AnnouncementChange(request.Id));
        return isRemoved;
    }

    private async ValueTask<bool> ReactAsync(ReactToAnnouncement request, Call call)
    {
        Require(!request.IsOn || IsReaction(request.Name), "Validation failed: Name is not a recognized emoji");
        if (!await _store.ReactAsync(request, ReactionsMax, call.Cancellation))
            return false;
        var count = _store.CountReactions(request.Id, request.Name);
        _announced.Tell(new AnnouncementChange(request.Id, Reaction: new Reaction(request.Name, count, false)));
        return true;
    }

    private bool IsReaction(string name)
    {
        if (_emojis.Now.Find(name) is not null) return true;
        // One thing to look at, that is no letter and no sign of a sentence.
        if (name.Length is 0 or > 32 || StringInfo.GetNextTextElementLength(name) != name.Length) return false;
        var first = Rune.GetRuneAt(name, 0);
        return first.Value > 127
            ? Rune.GetUnicodeCategory(first) is UnicodeCategory.OtherSymbol or UnicodeCategory.MathSymbol
                or UnicodeCategory.OtherPunctuation or UnicodeCategory.ModifierSymbol
            : name.Contains('\u20E3', StringComparison.Ordinal);
    }

    private async ValueTask<Report> FileAsync(FileReport request, Call call)
    {
        Require(request.Category is "spam" or "legal" or "violation" or "other",
            "Validation failed: Category is none of spam, legal, violation, other");
        Require(request.Comment.EnumerateRunes().Count() <= ReportCharactersMax,
            $"Validation failed: Comment is too long (maximum is {ReportCharactersMax} characters)");
        Require(request.Posts.Count <= ReportPostsMax, $"A report names at most {ReportPostsMax} posts");
        var report = await _store.AddReportAsync(request, Now(), call.Cancellation);
        _metrics.Reported(request.Category);
        return report;
    }

    private ValueTask<Report?> ChangeReportAsync(ChangeReport request, Call call)
    {
        Require(request.Category is null or "spam" or "legal" or "violation" or "other",
            "Validation failed: Category is none of spam, legal, violation, other");
        return _store.ChangeReportAsync(request, Now(), call.Cancellation);
    }

    private ValueTask<AccountWarning> WarnAsync(WarnAccount request, Call call)
    {
        request.Require();
        return _store.WarnAsync(request, Now(), call.Cancellation);
    }

    private static ListReports Checked(ListReports request)
    {
        Require(request.Limit is >= 1 and <= 200, "A page has 1 to 200 reports");
        return request;
    }

    private DateTimeOffset Now() =>
        DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new ServiceException(ErrorCode.Invalid, otherwise);
    }
}
