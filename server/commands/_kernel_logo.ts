/** What launchers show: a boat in its house. */
export const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<path d="M6 30 32 8l26 22v26H6z" fill="#1f3a5f"/>
<path d="M14 33 32 18l18 15v23H14z" fill="#f4efe6"/>
<path d="M31 22v20H20z" fill="#c8553d"/>
<path d="M34 27v15h9z" fill="#7a9cc6"/>
<path d="M17 45h30l-4 8H21z" fill="#1f3a5f"/>
</svg>
`;
