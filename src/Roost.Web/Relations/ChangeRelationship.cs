using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Web.Http;

namespace Roost.Web.Relations;

/// <summary>
/// <c>POST /api/v1/accounts/:id/block</c>, <c>/mute</c>, <c>/pin</c> (by its newer name <c>/endorse</c>), their
/// undoing, and <c>/note</c>; all answer with the relationship as it now is.
/// </summary>
internal static class ChangeRelationship
{
    public static void Map(ApiRoutes routes)
    {
        Add("block", "write:blocks", (call, other) =>
            call.Services.Relations.Block(new Block(call.Viewer, other), call.Rpc));
        Add("unblock", "write:blocks", (call, other) =>
            call.Services.Relations.Unblock(new Unblock(call.Viewer, other), call.Rpc));
        Add("mute", "write:mutes", MuteAsync);
        Add("unmute", "write:mutes", (call, other) =>
            call.Services.Relations.Unmute(new Unmute(call.Viewer, other), call.Rpc));
        Add("note", "write:accounts", NoteAsync);
        foreach (var (name, isEndorsed) in ((string, bool)[])
            [("pin", true), ("endorse", true), ("unpin", false), ("unendorse", false)])
        {
            Add(name, "write:accounts", (call, other) =>
                call.Services.Relations.Endorse(new Endorse(call.Viewer, other, isEndorsed), call.Rpc));
        }

        void Add(string name, string scope, Func<ApiCall, AccountId, ValueTask<bool>> change) =>
            routes.Post($"/api/v1/accounts/{{id}}/{name}", Access.User(scope), async call =>
            {
                var other = (await RelationshipCall.OtherAsync(call)).Id;
                if (other == call.Viewer && name != "note") throw Faults.NotAllowed();
                await change(call, other);
                await RelationshipCall.ReplyAsync(call, other);
            });
    }

    private static async ValueTask<bool> MuteAsync(ApiCall call, AccountId other)
    {
        var parameters = await call.ReadParametersAsync();
        var seconds = parameters.Number("duration");
        TimeSpan? duration = seconds == 0 ? null
            : seconds <= (long)TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds)
            : throw Faults.Invalid($"duration is {seconds}; send seconds, or 0 for without end.");
        return await call.Services.Relations.Mute(
            new Mute(call.Viewer, other, parameters.Flag("notifications") ?? true, duration), call.Rpc);
    }

    private static async ValueTask<bool> NoteAsync(ApiCall call, AccountId other)
    {
        var parameters = await call.ReadParametersAsync();
        return await call.Services.Relations.Note(
            new SetNote(call.Viewer, other, (parameters.Text("comment") ?? "").Trim()), call.Rpc);
    }
}
