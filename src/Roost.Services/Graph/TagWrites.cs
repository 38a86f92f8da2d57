using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>How ties to hashtags are made and ended. Within a transaction; each says its event.</summary>
internal static class TagWrites
{
    private static readonly TagTable _followed = new(
        "followed_tags", GraphEventKind.TagFollowed, GraphEventKind.TagUnfollowed, FollowTag.TagsMax, "followed");
    private static readonly TagTable _featured = new(
        "featured_tags", GraphEventKind.TagFeatured, GraphEventKind.TagUnfeatured, FeatureTag.TagsMax, "featured");

    public static void SetFollowed(this GraphWork work, int account, string key, string name, bool isSet) =>
        work.Set(_followed, account, key, name, isSet);

    public static void SetFeatured(this GraphWork work, int account, string key, string name, bool isSet) =>
        work.Set(_featured, account, key, name, isSet);

    private static void Set(this GraphWork work, TagTable table, int account, string key, string name, bool isSet)
    {
        var id = work.Sql.Number(table.Find, account, key);
        if (isSet == id is not null)
            return;
        if (id is { } ended)
        {
            work.Sql.Execute(table.Delete, ended);
            work.Say(table.Ended, account, ended);
            return;
        }
        if (work.Sql.Number(table.Count, account) >= table.Max)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"Validation failed: You have already {table.Done} the maximum number of hashtags, {table.Max}");
        }
        var tie = new TagTie(work.NextSeq, key, name);
        work.Sql.Execute(table.Insert, tie.Id, account, key, name, work.At);
        work.Say(table.Made, account, tie.Id, tie);
    }

    /// <param name="Done">What was done to those in it, for people.</param>
    private sealed record TagTable(string Name, GraphEventKind Made, GraphEventKind Ended, int Max, string Done)
    {
        public string Find { get; } = $"SELECT id FROM {Name} WHERE account = @account AND tag = @tag";

        public string Count { get; } = $"SELECT count(*) FROM {Name} WHERE account = @account";

        public string Delete { get; } = $"DELETE FROM {Name} WHERE id = @id";

        public string Insert { get; } =
            $"INSERT INTO {Name} (id, account, tag, name, created_at) VALUES (@id, @account, @tag, @name, @at)";
    }
}
