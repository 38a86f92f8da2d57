using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;
using Roost.Services.Posts.Log.Table;
using Roost.Services.Storage;

namespace Roost.Services.Posts;

/// <summary>
/// Verifies the folder <c>posts</c>, and the table where that has the truth, while no server runs: the log
/// (<see cref="PostLogCheck"/>, <see cref="TableCheck"/>), that every body can be read, that boosts, favourites, marks,
/// edits and deletions are about what they can be about, and that every account named exists. Repairs indexes only, and
/// what is a cache, unless a loss is accepted.
/// </summary>
/// <remarks>Reads everything: some 2 s and 40 MB per million records.</remarks>
public sealed class PostsCheck
{
    private readonly UnknownAccounts _unknown;

    private PostsCheck(Predicate<AccountId>? accountExists) => _unknown = new UnknownAccounts(accountExists);

    /// <summary>Checks, and mends when asked.</summary>
    /// <param name="accountExists">Null when that cannot be told; then it is not checked.</param>
    /// <exception cref="ServiceException">The folder cannot be used; says why.</exception>
    public static CheckReport Run(
        DataDirectory data, bool repair, Predicate<AccountId>? accountExists = null,
        LossChoice loss = LossChoice.Refuse, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        var folder = data.FilePath(PostsService.Folder);
        var options = new PostLogOptions { Directory = folder };
        var check = new PostsCheck(accountExists);
        if (data.IsOnServer && LogCache.IsIn(folder))
            return check.WithUnknown(new TableCheck(data, options, check.ProblemWith, ct).Run(repair));
        if (!Directory.Exists(folder)) return CheckReport.Missing(PostsService.Folder);
        var salvage = loss == LossChoice.Refuse ? null : Salvage(options, write: loss == LossChoice.Accept);
        var report = PostLogCheck.Run(PostsService.Folder, options, repair, check.ProblemWith, ct);
        return check.WithUnknown(report) with
        {
            Lost = salvage?.Lost ?? [],
            Done = [.. salvage?.Done ?? [], .. report.Done],
        };
    }

    private CheckReport WithUnknown(CheckReport report)
    {
        var unknown = new Findings();
        _unknown.AddTo(unknown, PostsService.Folder, "posts, boosts, favourites and replies");
        return report with { Findings = [.. report.Findings, .. unknown.All] };
    }

    /// <summary>Null when the log cannot be salvaged, which the check tells.</summary>
    private static SalvageReport? Salvage(PostLogOptions options, bool write)
    {
        try
        {
            return new LogSalvage(options, new Disk()).Run(write);
        }
        catch (ServiceException failure) when (failure.Code == ErrorCode.DataDamaged)
        {
            return null;
        }
    }

    private string? ProblemWith(ReadOnlySpan<byte> record, in RecordMeta meta, in RecordMeta target)
    {
        if (meta.Kind == RecordKind.Lost) return null;
        _unknown.Look(meta.Author);
        if (!meta.Answered.IsNone) _unknown.Look(meta.Answered);
        if (meta.Kind is not (RecordKind.Post or RecordKind.Edit)) return ProblemWithTarget(meta, target);
        try
        {
            var body = PostBody.Decode(record[RecordFormat.HeaderBytes..]);
            foreach (var mention in body.Mentions) _unknown.Look(mention);
        }
        catch (ServiceException failure) when (failure.Code == ErrorCode.DataDamaged)
        {
            return $"its text cannot be read ({failure.Detail?.TrimEnd('.')})";
        }
        return meta.Kind == RecordKind.Post && target.Seq == 0 ? null : ProblemWithTarget(meta, target);
    }

    private static string? ProblemWithTarget(in RecordMeta meta, in RecordMeta target)
    {
        if (target.Seq == 0) return $"a record of kind {meta.Kind} is about another one, and this one names none";
        if (target.Kind == RecordKind.Lost) return null;
        var fits = meta.Kind switch
        {
            RecordKind.Delete => target.Kind is RecordKind.Post or RecordKind.Boost or RecordKind.Favourite
                or RecordKind.Mark or RecordKind.Quote,
            RecordKind.Post => target.Kind is RecordKind.Post or RecordKind.Boost,
            RecordKind.Vote => target.Kind is RecordKind.Post or RecordKind.Edit,
            _ => target.Kind == RecordKind.Post,
        };
        if (!fits) return $"a record of kind {meta.Kind} cannot be about record {target.Seq} of kind {target.Kind}";
        if (meta.Kind == RecordKind.Delete && target.Kind == RecordKind.Quote)
        {
            return meta.Author == target.Answered
                ? null
                : $"account {meta.Author} cannot take back record {target.Seq}, which quotes account {target.Answered}";
        }
        var isOfAuthor = meta.Kind is RecordKind.Edit or RecordKind.Delete or RecordKind.QuoteRule
            || (meta.Kind == RecordKind.Mark && RecordFlags.Mark(meta.Flags) == PostMark.Pin);
        return isOfAuthor && meta.Author != target.Author
            ? $"account {meta.Author} cannot change record {target.Seq}, which is account {target.Author}'s"
            : null;
    }
}
