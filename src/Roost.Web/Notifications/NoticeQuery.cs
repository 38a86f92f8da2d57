using System.Globalization;
using Roost.Engine.Ids;
using Roost.Services.Notifications;
using Roost.Web.Http;

namespace Roost.Web.Notifications;

/// <summary>What requests about notifications have in common: cursors, types, and the names of kinds.</summary>
internal static class NoticeQuery
{
    public const int Usual = 40;
    public const int Max = 80;
    private const int UnreadUsual = 100;
    private const int UnreadMax = 1_000;
    private const string Ungrouped = "ungrouped";

    private static readonly (NoticeKind Kind, string Name)[] _names =
    [
        (NoticeKind.Mention, "mention"), (NoticeKind.Favourite, "favourite"), (NoticeKind.Boost, "reblog"),
        (NoticeKind.Post, "status"), (NoticeKind.Edit, "update"), (NoticeKind.Poll, "poll"),
        (NoticeKind.Quote, "quote"), (NoticeKind.QuotedEdit, "quoted_update"),
        (NoticeKind.Follow, "follow"), (NoticeKind.FollowRequest, "follow_request"),
        (NoticeKind.Warning, "moderation_warning"),
        (NoticeKind.SignUp, "admin.sign_up"), (NoticeKind.Report, "admin.report"),
    ];

    public static string NameOf(NoticeKind kind) => _names.First(one => one.Kind == kind).Name;

    public static NoticeRange RangeOf(Parameters query)
    {
        var ascending = query.Text("min_id") is { Length: > 0 };
        return new NoticeRange(
            query.Cursor("max_id"), query.Cursor(ascending ? "min_id" : "since_id"), ascending,
            query.Limit(Usual, Max));
    }

    /// <summary><c>types[]</c>, <c>exclude_types[]</c>, <c>account_id</c>, <c>include_filtered</c>.</summary>
    public static NoticeChoice ChoiceOf(Parameters query)
    {
        var kinds = query.Has("types") ? KindsOf(query, "types") : NoticeKinds.All;
        kinds = new NoticeKinds(kinds.Bits & ~KindsOf(query, "exclude_types").Bits);
        var sender = query.Text("account_id");
        var isAnybody = string.IsNullOrEmpty(sender);
        if (!AccountId.TryParse(sender, out var id) && !isAnybody)
            throw Faults.Invalid($"account_id is '{Parameters.Shortened(sender!)}'; send an account's id.");
        return new NoticeChoice(kinds, id, query.Flag("include_filtered") is true);
    }

    public static NoticeKinds GroupedOf(Parameters query) => query.Has("grouped_types")
        ? new NoticeKinds(KindsOf(query, "grouped_types").Bits & NoticeKinds.Groupable.Bits)
        : NoticeKinds.Groupable;

    public static int UnreadLimitOf(Parameters query) => query.Limit(UnreadUsual, UnreadMax);

    /// <summary><c>favourite-POST-HOUR</c>, <c>follow-HOUR</c> or <c>ungrouped-ID</c>.</summary>
    public static string TextOf(GroupKey key) => key switch
    {
        { Id: not 0 } => string.Create(CultureInfo.InvariantCulture, $"{Ungrouped}-{key.Id}"),
        { PostSeq: 0 } => string.Create(CultureInfo.InvariantCulture, $"{NameOf(key.Kind)}-{key.Bucket}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{NameOf(key.Kind)}-{key.PostSeq}-{key.Bucket}"),
    };

    /// <exception cref="Roost.Rpc.ServiceException"><see cref="Roost.Rpc.ErrorCode.NotFound"/>: no group can have that
    /// key.</exception>
    public static GroupKey KeyInPath(ApiCall call)
    {
        var parts = ((string?)call.Http.Request.RouteValues["group_key"] ?? "").Split('-');
        if (parts is [Ungrouped, var id] && Number(id) is { } alone)
            return new GroupKey(default, 0, 0, alone);
        foreach (var (kind, name) in _names)
        {
            if (parts[0] != name || !NoticeKinds.Groupable.Has(kind))
                continue;
            if (parts is [_, var hour] && Number(hour) is { } bucket and <= int.MaxValue)
                return new GroupKey(kind, 0, (int)bucket, 0);
            if (parts is [_, var post, var from] && Number(post) is { } seq and <= uint.MaxValue
                && Number(from) is { } begun and <= int.MaxValue)
                return new GroupKey(kind, (uint)seq, (int)begun, 0);
        }
        throw Faults.NotFound();
    }

    /// <exception cref="Roost.Rpc.ServiceException"><see cref="Roost.Rpc.ErrorCode.NotFound"/>: no id.</exception>
    public static long IdInPath(ApiCall call) =>
        Number((string?)call.Http.Request.RouteValues["id"] ?? "") ?? throw Faults.NotFound();

    public static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null;

    // Kinds that Roost does not tell are nobody's and passed over.
    private static NoticeKinds KindsOf(Parameters query, string name)
    {
        var kinds = NoticeKinds.None;
        foreach (var text in query.List(name))
        {
            foreach (var (kind, known) in _names)
            {
                if (known == text)
                    kinds = kinds.With(kind);
            }
        }
        return kinds;
    }
}
