namespace Roost.Web.Settings;

/// <summary>What became of a file that was brought along. Public, as Razor makes components public.</summary>
/// <param name="Taken">Rows that hold now.</param>
/// <param name="Refused">The others, in order.</param>
public sealed record ImportReport(string Kind, int Taken, IReadOnlyList<RefusedRow> Refused);

/// <param name="Line">Where the row begins in the file: 1, 2, 3, ….</param>
/// <param name="What">As it stood there, shortened.</param>
/// <param name="Why">In words.</param>
public sealed record RefusedRow(int Line, string What, string Why);
