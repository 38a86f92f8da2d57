namespace Roost.Services.Posts.Log;

/// <summary>The parts of an open log, as recovery hands them over. Owns and closes them.</summary>
internal sealed record LoadedLog(
    LogColumns Columns, SegmentList Segments, LogTail Tail, SegmentWriter Writer, SegmentSealer Sealer,
    DurableMark Mark)
    : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        Writer.Dispose();
        await Sealer.DisposeAsync();
        Segments.Close();
        Mark.Dispose();
    }
}
