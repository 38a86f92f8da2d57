using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// Appends posts of the past. What was imported before is known by the keys in the log, which are read back once, at
/// the first import of the process's life; so an import that was cut off, or is run twice, ends the same.
/// </summary>
internal sealed class PostImport(PostLog log) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private HashSet<ulong>? _known;

    public async ValueTask<ImportReply> ImportAsync(ImportPosts request, Call call)
    {
        await _one.WaitAsync(call.Cancellation);
        try
        {
            _known ??= ReadKeys();
            var drafts = new List<RecordDraft>(request.Drafts.Count);
            var fresh = new HashSet<ulong>(request.Drafts.Count);
            foreach (var draft in request.Drafts)
            {
                Require(draft);
                if (!_known.Contains(draft.Key) && fresh.Add(draft.Key))
                    drafts.Add(Record(draft));
            }
            if (drafts.Count > 0)
                await log.AppendAllAsync(drafts, call.Cancellation);
            _known.UnionWith(fresh);
            return new ImportReply(drafts.Count, request.Drafts.Count - drafts.Count);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private static void Require(in PostDraft draft)
    {
        if (draft.Key == 0 || draft.Id.IsNone || draft.Author.IsNone)
            throw new ServiceException(ErrorCode.Invalid, "A post to import needs a key, an id and an author.");
        if (draft.Kind == PostKind.Boost && draft.Target.IsNone)
            throw new ServiceException(ErrorCode.Invalid, $"The boost {draft.Id} to import names no post.");
    }

    private static RecordDraft Record(in PostDraft draft)
    {
        var isBoost = draft.Kind == PostKind.Boost;
        var header = new RecordHeader(
            isBoost ? RecordKind.Boost : RecordKind.Post, RecordFlags.Imported, draft.Id,
            draft.At.ToUnixTimeMilliseconds(), draft.Author, draft.Answered, draft.Target, draft.Key);
        return new RecordDraft(
            header, isBoost ? default : new PostBody(draft.Text, "", false, null, null, draft.Mentions).Encode());
    }

    private HashSet<ulong> ReadKeys()
    {
        var keys = new HashSet<ulong>();
        foreach (var (_, key) in log.ReadKeys(Imported()))
            keys.Add(key);
        return keys;
    }

    private IEnumerable<uint> Imported()
    {
        for (var seq = 1u; seq <= log.LastSeq; seq++)
        {
            if ((log[seq].Flags & RecordFlags.Imported) != 0)
                yield return seq;
        }
    }
}
